"""Patches: inside the image, where the unit looks, and averaged where they are large."""

import torch

from helpers.hooks.layer_table import layers
from helpers.hooks.patches import SIDE, corners, cut, random_corners, side_of
from helpers.models.vgg import VGG16
from helpers.randomness import generator

NETWORK = VGG16(width=0.05, last="relu3_3")
LISTED = {layer.name: layer for layer in layers(NETWORK, 64)}


def test_a_patch_is_what_the_unit_sees():
    for name, side in (("relu1_1", 3), ("relu1_2", 5), ("relu2_1", 10), ("relu3_3", 40)):
        layer = LISTED[name]
        assert side_of(layer, 64) == side
        rows, columns = layer.positions
        everywhere = torch.cartesian_prod(torch.arange(rows), torch.arange(columns))
        corner = corners(layer, everywhere, size=64)
        for (row, column), (top, left) in zip(everywhere.tolist(), corner.tolist(), strict=True):
            window = layer.receptive_field.window(row, column)
            if window.height == window.width == side:  # not cut at the border
                assert (window.top, window.left) == (top, left)
            assert 0 <= top <= 64 - side and 0 <= left <= 64 - side
            assert window.top >= top and window.bottom <= top + side  # nothing that the unit sees is lost


def test_a_field_larger_than_the_image_is_the_image():
    layer = {each.name: each for each in layers(NETWORK, 32)}["relu3_3"]
    assert side_of(layer, 32) == 32
    assert corners(layer, torch.tensor([[3, 5]]), size=32).tolist() == [[0, 0]]


def test_cutting():
    pictures = [
        torch.randint(0, 256, (3, 64, 64), generator=generator(k, "pictures")).to(torch.uint8) for k in range(4)
    ]
    corner = random_corners(4, side=10, size=64, generator=generator(0, "corners"))
    patches = cut(pictures, corner, side=10)
    for k, (top, left) in enumerate(corner.tolist()):
        torch.testing.assert_close(patches[k], pictures[k][:, top : top + 10, left : left + 10] / 255)
    large = cut(pictures, torch.zeros(4, 2).long(), side=2 * SIDE)
    halved = pictures[0][:, : 2 * SIDE, : 2 * SIDE].float().reshape(3, SIDE, 2, SIDE, 2).mean((2, 4)) / 255
    torch.testing.assert_close(large[0], halved)
