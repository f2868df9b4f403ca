"""What the figures of net_fragments draw is what they are given."""

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
    figure = plots.links(data.lines(), data.digits(), data.presence())
    assert len(figure.axes) == 9 + 10
    assert len(figure.artists) == int(data.presence().sum())


def test_dots_show_every_state_once():
    states = torch.randint(0, 3, (10, 12), generator=torch.Generator().manual_seed(0))
    axis = plots.dots({"model 1": states}).axes[0]
    for level, drawn in enumerate(axis.collections):
        expected = {(digit, unit) for digit in range(10) for unit in range(12) if states[digit, unit] == level}
        assert {tuple(point) for point in drawn.get_offsets().astype(int).tolist()} == expected


def test_rows_of_an_image_table_have_a_scale_each():
    stacks = {"one": torch.randn(3, 9, 9), "two": 10 * torch.randn(3, 9, 9)}
    (axis,) = plots.image_table(stacks, columns=["a", "b", "c"]).axes
    (picture,) = axis.images
    assert picture.get_clim() == (-1, 1)
    for r, values in enumerate(stacks.values()):
        for c in range(3):
            block = picture.get_array()[10 * r : 10 * r + 9, 10 * c : 10 * c + 9]
            np.testing.assert_allclose(block, values[c] / values.abs().max(), rtol=1e-6)


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
