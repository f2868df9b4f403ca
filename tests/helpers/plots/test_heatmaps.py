"""What the pictures of matrices show: every value in its place, on a scale that says what it is."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from helpers.plots.heatmaps import activation_maps, pictures, weight_maps

RANDOM = np.random.default_rng(0)
MATRIX = RANDOM.normal(5, 1, size=(4, 6))
FIGURES = {
    "weights": lambda: weight_maps({"layer 1": MATRIX}, {"layer 1": MATRIX[0]}),
    "activations": lambda: activation_maps({"hidden": MATRIX, "output": MATRIX}, first_position=21),
    "pictures": lambda: pictures({"one": MATRIX, "two": MATRIX}),
}


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_readable_and_name_their_axis(name, readable):
    figure = FIGURES[name]()
    readable(figure)
    assert name == "pictures" or any(axis.get_xlabel() for axis in figure.axes)


def test_weights_are_centred_at_zero_and_oriented_as_inputs_by_units():
    weights = MATRIX - 4.5
    figure = weight_maps({"layer": weights}, {"layer": weights[0]})
    drawn = [image for axis in figure.axes for image in axis.images]
    matrix, bias = (image for image in drawn if image.get_cmap().name == "RdBu_r")
    assert matrix.get_array().data == pytest.approx(weights)
    assert bias.get_array().data == pytest.approx(weights[:1])
    assert tuple(matrix.get_extent()) == (0.5, 6.5, 4.5, 0.5)  # input 1 above, unit 1 on the left
    for image in (matrix, bias):
        low, high = image.get_clim()
        assert low == pytest.approx(-high)
        assert to_rgb(image.cmap(image.norm(0.0)))[0] == pytest.approx(0.97, abs=0.02)  # white


def test_activations_stand_over_their_jump_positions():
    figure = activation_maps({"hidden": MATRIX}, first_position=21)
    (image,) = figure.axes[0].images
    assert image.get_array().data == pytest.approx(MATRIX)
    left, right, bottom, top = image.get_extent()
    assert (left, right) == (20.5, 26.5)
    assert (top, bottom) == (0.5, 4.5)  # unit 1 above


def test_pictures_show_rows_and_columns_as_they_are():
    image = RANDOM.random((3, 5))
    (axis,) = pictures({"five": image}).axes
    assert np.array_equal(axis.images[0].get_array(), image)
    assert axis.get_title() == "five"
