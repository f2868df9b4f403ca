"""What the maps of points show: every point in its place, in the colour of its value."""

import numpy as np
import pytest

from helpers.plots.scatter import maps, scatter

RANDOM = np.random.default_rng(0)
POINTS = {name: RANDOM.normal(size=(20, 2)) for name in "abc"}
VALUES = {"a": np.arange(20), "b": np.arange(20) + 10, "c": np.arange(20) + 3}
FIGURES = {
    "scatter": lambda: scatter(POINTS["a"], VALUES["a"], label="jump position"),
    "maps": lambda: maps(POINTS, VALUES, columns=2, label="jump position"),
}


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_readable_and_name_their_axis(name, readable):
    figure = FIGURES[name]()
    readable(figure)
    assert any(axis.get_xlabel() for axis in figure.axes)


def test_points_keep_their_place_and_value():
    points = RANDOM.normal(size=(9, 2))
    figure = scatter(points, np.arange(9), label="jump position")
    (cloud,) = figure.axes[0].collections
    assert cloud.get_offsets().data == pytest.approx(points)
    assert list(cloud.get_array()) == list(range(9))
    assert figure.axes[1].get_ylabel() == "jump position"


def test_maps_share_one_scale_of_colours():
    figure = maps(POINTS, VALUES, columns=2, label="jump position")
    for axis, name in zip(figure.axes, "abc", strict=False):
        (drawn,) = axis.collections
        assert np.array_equal(drawn.get_offsets(), POINTS[name])
        assert drawn.get_array().tolist() == VALUES[name].tolist()
        assert drawn.get_clim() == (0, 29)
        assert axis.get_title() == name
    assert figure.axes[-1].get_xlabel() == "jump position"
