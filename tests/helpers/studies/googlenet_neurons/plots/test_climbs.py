"""Pictures on the way have their texts, and the curves of every layer are drawn as they are."""

import numpy as np

from helpers.plots.style import png
from helpers.studies.googlenet_neurons.plots.climbs import Look, by_layer, on_the_way


def test_steps_stand_above_and_responses_below_each_picture():
    image = np.full((3, 4, 4), 0.5)
    figure = on_the_way({"a": [Look("1", image, "0.1"), Look("8", image, "2.0")], "b": [Look("1", image, "0.3")]})
    first, second, third, empty = figure.axes
    assert [each.get_title() for each in (first, second, third)] == ["1", "8", "1"]
    assert [each.get_xlabel() for each in (first, second, third)] == ["0.1", "2.0", "0.3"]
    assert first.get_ylabel() == "a" and third.get_ylabel() == "b" and not empty.axison


def test_a_panel_has_a_line_for_each_unit_their_mean_and_the_starts():
    shares = {"x": np.array([[0.1, 0.6, 1], [0.3, 0.8, 1]]), "y": np.array([[-0.2, 0.5, 1]])}
    starts = {"x": np.array([[0.5, 0.7], [0.7, 0.9]]), "y": np.array([[0.4, 0.6]])}
    figure = by_layer((1, 64, 2048), shares, starts, at=64, flat=0.95)
    x, y = figure.axes
    assert [line.get_ydata().tolist() for line in x.lines[:2]] == shares["x"].tolist()
    assert np.allclose(x.lines[2].get_ydata(), [0.2, 0.7, 1])
    assert np.allclose(x.collections[0].get_offsets(), [[64, 0.6], [64, 0.8]])
    assert x.get_title() == "x: 2 units" and y.get_ylim()[0] == x.get_ylim()[0] == -0.2
    assert len(png(figure)) > 1000
