import pytest
import torch
from torch import nn

from helpers.studies.googlenet_neurons.border_lines import SIDES
from helpers.studies.googlenet_neurons.border_paddings import (
    KINDS,
    along_sides,
    lines_of_map,
    padded,
    untouched,
    whole_response,
    width_of,
)


def random(seed=0):
    return torch.Generator().manual_seed(seed)


def convolution(**given):
    torch.manual_seed(0)
    return nn.Conv2d(3, 5, **{"kernel_size": 5, "padding": 2, **given}).requires_grad_(False)


MAPS = torch.rand(2, 3, 8, 8, generator=random())
SHAPES = [{}, {"kernel_size": 3, "padding": 1}, {"kernel_size": 3, "padding": 1, "stride": 2}, {"padding": "same"}]


@pytest.mark.parametrize("given", SHAPES)
def test_zeros_give_the_convolutions_own_map(given):
    own = convolution(**given)
    zeros = padded(MAPS, width_of(own), "zero", random())
    torch.testing.assert_close(whole_response(own, zeros), own(MAPS))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("given", SHAPES)
def test_the_lines_at_the_sides_are_those_of_the_whole_map(kind, given):
    own = convolution(**given)
    wide = padded(MAPS, width_of(own), kind, random())
    expected, found = lines_of_map(whole_response(own, wide)), along_sides(own, wide)
    for side in SIDES:
        torch.testing.assert_close(found[side], expected[side])


@pytest.mark.parametrize("kind", KINDS)
def test_the_map_itself_stays(kind):
    assert torch.equal(padded(MAPS, (2, 1), kind, random())[:, :, 2:-2, 1:-1], MAPS)


def test_what_fills_the_border():
    around = torch.ones(12, 12, dtype=torch.bool)
    around[2:-2, 2:-2] = False
    filled = {kind: padded(MAPS, (2, 2), kind, random())[:, :, around] for kind in KINDS}
    assert not filled["zero"].any()
    torch.testing.assert_close(filled["mean"], MAPS.mean(dim=(2, 3))[:, :, None].expand_as(filled["mean"]))
    for image in range(2):
        for channel in range(3):
            own = MAPS[image, channel]
            assert torch.isin(filled["resampled"][image, channel], own).all()
            assert torch.isin(filled["replicate"][image, channel], own).all()
        assert filled["noise"][image].min() >= MAPS[image].min() and filled["noise"][image].max() <= MAPS[image].max()


@pytest.mark.parametrize("given", SHAPES)
def test_positions_inside_do_not_depend_on_the_padding(given):
    own = convolution(**given)
    where = untouched(own, (8, 8))
    with_zeros, with_ones = (
        whole_response(own, nn.functional.pad(MAPS, (width_of(own)[1],) * 2 + (width_of(own)[0],) * 2, value=value))
        for value in (0.0, 1.0)
    )
    moved = (with_zeros - with_ones).abs().amax(dim=(0, 1)) > 1e-6
    assert torch.equal(moved, ~where)
