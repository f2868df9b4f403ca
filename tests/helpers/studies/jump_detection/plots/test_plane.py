"""What the figures of two units' plane show: the numbers they were given."""

import numpy as np
import pytest

from helpers.studies.jump_detection.plots.plane import curves, error_by_units, representation

RANDOM = np.random.default_rng(3)
MEANS = RANDOM.normal(size=(12, 2))
POSITIONS = np.arange(21, 33)
FIGURES = {
    "representation": lambda: representation(
        MEANS[:, None], MEANS, positions=POSITIONS, unit_names=("unit 1", "unit 2")
    ),
    "curves": lambda: curves({"one": MEANS, "two": -MEANS}, positions=POSITIONS),
    "errors": lambda: error_by_units([1, 2, 2], [3.0, 2.0, 1.0], [2, 2, 4]),
}


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_readable(name, readable):
    readable(FIGURES[name]())


def test_representation_shows_all_signals_and_names_every_fifth_class():
    signals = MEANS[:, None] + RANDOM.normal(size=(12, 4, 2))
    left, right, *_ = representation(signals, MEANS, positions=POSITIONS, unit_names=("unit 1", "unit 2")).axes
    assert np.allclose(left.collections[0].get_offsets(), signals.reshape(-1, 2))
    assert left.collections[0].get_array().tolist() == np.repeat(POSITIONS, 4).tolist()
    assert np.allclose(right.collections[0].get_offsets(), MEANS)
    assert [text.get_text() for text in right.texts] == ["21", "26", "31"]
    assert (right.get_xlabel(), right.get_ylabel()) == ("unit 1", "unit 2")


def test_classes_at_one_place_get_one_label():
    together = np.concatenate([np.zeros((6, 2)), np.ones((6, 2))])  # classes 21 and 26 are one point
    _, right, *_ = representation(together[:, None], together, positions=POSITIONS, unit_names=("a", "b")).axes
    assert [text.get_text() for text in right.texts] == ["21", "31"]


def test_curves_have_a_panel_each():
    axes = curves({"one": MEANS, "two": -MEANS}, positions=POSITIONS).axes
    assert [axis.get_title() for axis in axes[:2]] == ["one", "two"]
    for axis, sign in zip(axes, (1, -1), strict=False):
        assert np.allclose(axis.lines[0].get_xydata(), sign * MEANS)


def test_error_by_units_spreads_points_but_keeps_them_at_their_number():
    active, error, width = np.array([1, 2, 2]), np.array([3.0, 2.0, 1.0]), np.array([2, 2, 4])
    drawn = error_by_units(active, error, width).axes[0].collections[0]
    x, y = np.asarray(drawn.get_offsets()).T
    assert (np.abs(x - active) < 0.5).all()
    assert x[1] != x[2]
    assert np.allclose(y, error)
    assert drawn.get_array().tolist() == width.tolist()
