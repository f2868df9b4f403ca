"""What the figures of net_fragments draw is what they are given."""

from itertools import pairwise

import numpy as np
import torch
from matplotlib.colors import to_rgba

from helpers.plots.style import PALETTE
from helpers.studies.net_fragments import digits as data
from helpers.studies.net_fragments import plots as plots


def test_images_stand_in_order_with_their_names():
    figure = plots.images({f"no. {k}": image for k, image in enumerate(data.digits())}, columns=5)
    for k, axis in enumerate(figure.axes):
        assert axis.get_title() == f"no. {k}"
        np.testing.assert_array_equal(axis.images[0].get_array(), data.digits()[k])


def test_a_link_for_every_part_of_every_whole():
    rows = [data.compose(level) for level in data.levels_of_nine()]
    matrices = [torch.ones(len(below), len(above)) for above, below in pairwise(rows)]
    figure = plots.levels(rows, matrices)
    assert len(figure.axes) == sum(map(len, rows))
    assert len(figure.artists) == sum(matrix.numel() for matrix in matrices)


def test_a_dot_for_every_part_of_every_whole():
    axis = plots.part_matrix(data.lines(), data.digits(), data.presence()).axes[0]
    points = {(int(y), int(x)) for x, y in axis.collections[0].get_offsets()}
    assert points == {tuple(place) for place in data.presence().nonzero().tolist()}


def test_dots_show_every_activity_once():
    activity = torch.rand(10, 12, generator=torch.Generator().manual_seed(0)).sub(0.3).relu()
    off, on = plots.dots({"model 1": activity}).axes[0].collections
    assert {(int(x), int(y)) for x, y in off.get_offsets()} == {tuple(p) for p in (activity == 0).nonzero().tolist()}
    drawn = {(int(x), int(y)): value for (x, y), value in zip(on.get_offsets(), on.get_array(), strict=True)}
    expected = {tuple(place): float(activity[*place] / activity.max()) for place in (activity > 0).nonzero().tolist()}
    assert drawn.keys() == expected.keys()
    np.testing.assert_allclose([drawn[place] for place in expected], list(expected.values()), rtol=1e-6)


def test_images_of_an_image_table_have_a_scale_each():
    stacks = {"one": torch.randn(3, 9, 9), "two": 10 * torch.randn(3, 9, 9)}
    (axis,) = plots.image_table(stacks, columns=["a", "b", "c"]).axes
    (picture,) = axis.images
    assert picture.get_clim() == (-1, 1)
    for r, values in enumerate(stacks.values()):
        for c in range(3):
            block = picture.get_array()[10 * r : 10 * r + 9, 10 * c : 10 * c + 9]
            np.testing.assert_allclose(block, values[c] / values[c].abs().max(), rtol=1e-6)


def test_every_seed_is_a_point_and_the_bar_their_mean():
    values = {"a": torch.rand(2, 5), "b": torch.rand(2, 5)}
    axis = plots.by_model(values, y_label="score", numbers=[3, 7], level=0.5).axes[0]
    points, bars = axis.collections[::2], axis.collections[1::2]
    for k, table in enumerate(values.values()):
        np.testing.assert_allclose(np.sort(points[k].get_offsets()[:, 1]), np.sort(table.flatten()), rtol=1e-6)
        heights = [segment[0, 1] for segment in bars[k].get_segments()]
        np.testing.assert_allclose(heights, table.mean(dim=1), rtol=1e-6)
        assert tuple(bars[k].get_colors()[0]) == to_rgba(PALETTE[k])
    assert [label.get_text() for label in axis.get_xticklabels()] == ["3", "7"]


def test_seeds_without_a_value_are_counted_and_in_no_mean():
    values = torch.tensor([[1.0, 3.0, torch.nan], [2.0, 2.0, 2.0]])
    axis = plots.by_model({"": values}, y_label="epoch", numbers=[1, 2], missing="never").axes[0]
    assert [segment[0, 1] for segment in axis.collections[1].get_segments()] == [2, 2]
    assert [text.get_text() for text in axis.texts] == ["1\nnever"]


def test_a_map_of_shares_holds_every_number_and_leaves_the_rest_blank():
    figure = plots.share_map([[0.25, np.nan], [1, 0]], rows=["a", "b"], columns=["c", "d"], label="share")
    axis = figure.axes[0]
    assert {text.get_position(): text.get_text() for text in axis.texts} == {
        (0, 0): "0.25",
        (0, 1): "1.00",
        (1, 1): "0.00",
    }
