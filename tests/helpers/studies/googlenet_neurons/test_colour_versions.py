"""Versions of images: what they keep, and what they change."""

import colorsys

import torch

from helpers.metrics.images import luminance
from helpers.studies.googlenet_neurons.colour import versions

X = torch.rand(2, 3, 6, 6, generator=torch.Generator().manual_seed(0)) * 0.2 + 0.4  # no turn leaves 0 ... 1


def test_grey_and_turned_images_keep_their_luma():
    for change in (versions.grey, lambda x: versions.turned(x, 120)):
        assert torch.allclose(luminance(change(X)), luminance(X), atol=1e-5)
    assert float(versions.colours(versions.grey(X)).abs().max()) < 1e-3


def test_a_turn_rotates_the_plane_of_colours():
    before, after = versions.colours(X), versions.colours(versions.turned(X, 90))
    assert torch.allclose(after, torch.stack([-before[:, 1], before[:, 0]], dim=1), atol=1e-5)
    assert torch.allclose(versions.turned(versions.turned(X, 120), 240), X, atol=1e-5)


def test_the_two_coordinates_are_those_of_the_standard_library():
    red, green, blue = X[0, :, 2, 3].tolist()
    _, i, q = colorsys.rgb_to_yiq(red, green, blue)
    assert torch.allclose(versions.colours(X)[0, :, 2, 3], torch.tensor([i, q]), atol=0.01)


def test_vivid_colours_are_clipped_and_mirrors_mirror():
    vivid = torch.tensor([1.0, 0.0, 0.0])[None, :, None, None].expand(1, 3, 2, 2)
    turned = versions.turned(vivid, 120)
    assert float(turned.min()) >= 0 and float(turned.max()) <= 1
    assert torch.equal(versions.mirrored(X)[..., 0], X[..., -1])
