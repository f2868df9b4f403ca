"""What the bars of the methods show: means, intervals, and the study's own values."""

import numpy as np
import pytest

from helpers.statistics.intervals import mean_interval
from helpers.studies.jump_detection.plots.bars import methods

SEEDS = np.random.default_rng(0).normal(5, 1, size=(4, 6))  # (seed, measure)


def test_bars_are_means_with_intervals_and_the_studys_values(readable):
    values = {"net": {"l1": SEEDS[:, 0], "l2": SEEDS[:, 1]}, "one seed": {"l1": [3.0], "l2": [4.0]}}
    figure = methods(values, paper={"net": [4.5, 5.5]}, measures=["L1", "L2"])
    readable(figure)
    for k, axis in enumerate(figure.axes):
        assert axis.get_title() == ["L1", "L2"][k]
        assert axis.get_xlabel() == "error [points]"
        mean, low, high = mean_interval(SEEDS[:, k])
        widths = [bar.get_width() for bar in axis.patches]
        assert widths == pytest.approx([mean, [3.0, 4.0][k]])
        interval, paper = axis.lines
        assert list(interval.get_xdata()) == pytest.approx([low, high])
        assert np.ravel(paper.get_xdata()) == pytest.approx([4.5, 5.5][k])
        assert np.ravel(paper.get_ydata()) == [0]  # in the row of its method
