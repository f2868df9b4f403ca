"""What the figure of conditions shows: every repetition, the mean and its interval."""

import numpy as np
import pytest

from helpers.plots.conditions import by_condition
from helpers.statistics.intervals import mean_interval

RANDOM = np.random.default_rng(0)


def test_conditions_show_every_repetition_and_the_mean(readable):
    measures = {
        name: {"masks": RANDOM.random(6), "switches": RANDOM.random(6), "random": RANDOM.random(6)} for name in "ab"
    }
    figure = by_condition(measures, level={"b": 0.1})
    readable(figure)
    for axis, conditions in zip(figure.axes, measures.values(), strict=True):
        for height, (points, values) in enumerate(zip(axis.collections, conditions.values(), strict=True)):
            np.testing.assert_allclose(points.get_offsets(), [[value, height] for value in values])
        bars = [line for line in axis.lines if line.get_linewidth() == 1.6]
        spans = [line for line in axis.lines if line.get_linewidth() == 3]
        for bar, span, values in zip(bars, spans, conditions.values(), strict=True):
            mean, low, high = mean_interval(values)
            assert bar.get_xdata() == pytest.approx([mean, mean])
            assert span.get_xdata() == pytest.approx([low, high])
        joined = axis.lines[0].get_xdata()
        np.testing.assert_allclose(joined, [values[0] for values in conditions.values()])
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["masks", "switches", "random"]
    dotted = [[line for line in axis.lines if line.get_linestyle() == ":"] for axis in figure.axes]
    assert [len(lines) for lines in dotted] == [0, 1]
