"""What the figure of small probabilities shows: their intervals, and an arrow where no success was seen."""

import numpy as np
import pytest

from helpers.statistics.intervals import Interval
from helpers.studies.jump_detection.plots.probabilities import log_probabilities


def test_a_probability_without_success_is_an_arrow_at_its_upper_end(readable):
    seen = {4: Interval(0.1, 0.05, 0.2), 5: Interval(0.0, 0.0, 1e-3)}
    exact = {4: Interval(0.3, 0.3, 0.3), 5: Interval(0.2, 0.2, 0.2)}
    figure = log_probabilities({"panel": {"seen": seen, "exact": exact}}, x_label="points")
    readable(figure)
    (axis,) = figure.axes
    assert axis.get_yscale() == "log"
    arrow = next(line for line in axis.lines if line.get_marker() == "$↓$")
    assert (arrow.get_xdata()[0], arrow.get_ydata()[0]) == (5, pytest.approx(1e-3))
    dashed = next(line for line in axis.lines if line.get_linestyle() == "--")
    assert np.allclose(dashed.get_ydata(), [0.3, 0.2])
    bar = axis.containers[0].lines[2][0].get_segments()[0]
    assert np.allclose(bar[:, 1], [0.05, 0.2])
