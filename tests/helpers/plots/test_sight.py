"""A panel whose limits leave out most of what was drawn is found, and no other."""

import warnings

import numpy as np
import pytest
from matplotlib.figure import Figure

from helpers.pages.display import figure_html
from helpers.plots.sight import hidden_panels

DRAWN = {
    "a curve": lambda axes: axes.plot([1, 2, 3], [20, 30, 45]),
    "points": lambda axes: axes.scatter([1, 2, 3], [20, 30, 45], c=[1, 2, 3]),
    "both": lambda axes: (axes.plot([1, 2], [20, 30]), axes.scatter([1], [45])),
}


@pytest.fixture(params=DRAWN)
def axes(request):
    figure = Figure()
    drawn = figure.add_subplot(title="a panel of values")
    DRAWN[request.param](drawn)
    return drawn


def test_data_beyond_the_limits_are_missed(axes):
    assert hidden_panels(axes.figure) == []
    axes.set_ylim(0, 1)
    assert hidden_panels(axes.figure) == ["a panel of values"]
    axes.set_ylim(50, 0)  # upside down
    assert hidden_panels(axes.figure) == []
    axes.set_xlim(4, 5)
    assert hidden_panels(axes.figure) == ["a panel of values"]


@pytest.mark.parametrize(
    "draw",
    [
        lambda axes: None,
        lambda axes: axes.axhline(7),
        lambda axes: axes.axvline(7),
        lambda axes: axes.bar([1, 2], [3, 4]),
        lambda axes: axes.plot([np.nan, 1], [1, np.nan]),
        lambda axes: axes.plot([0, 1, 2], [0.1, 0.9, 9]),  # one of three points is left out
        lambda axes: axes.imshow(np.eye(3)),
        lambda axes: axes.plot(["a", "b"], [0.5, 0.6]),
        lambda axes: axes.fill_between([0, 1], [0, 0], [1, 1]),
    ],
)
def test_panels_that_hold_nothing_else_are_not(draw):
    axes = Figure().add_subplot()
    draw(axes)
    axes.set_ylim(0, 1)
    assert hidden_panels(axes.figure) == []


def test_a_page_is_warned_of_what_nobody_can_see(axes):
    axes.set_ylim(0, 1)
    with pytest.warns(UserWarning, match="a panel of values: most of what was drawn lies outside the limits"):
        figure_html(axes.figure, alt="", caption="", dpi=50)
    axes.set_ylim(0, 50)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure_html(axes.figure, alt="", caption="", dpi=50)
