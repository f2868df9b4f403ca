"""Patches of images: what a unit sees where it is most active, and places anywhere."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from helpers.data.images import Images
from helpers.hooks.layer_table import Layer

SIDE = 24  # pixels: larger patches are averaged to this side

Corners = Int[Tensor, "*rest 2"]  # top and left of a window


def side_of(layer: Layer, size: int) -> int:
    """The side of a layer's patches in an image, in pixels: of the field of view, or of the whole image."""
    field = layer.receptive_field
    return size if field is None else min(*field.size, size)


def corners(layer: Layer, position: Int[Tensor, "*rest 2"], *, size: int) -> Corners:
    """Where the patch of each position lies: centred on what the position sees, moved to lie inside the image.

    So all patches of a layer have one size, and none holds what the image does not have.
    """
    field, side = layer.receptive_field, side_of(layer, size)
    if field is None:
        return torch.zeros_like(position, dtype=torch.long)
    jump = torch.tensor([float(each) for each in field.jump], dtype=torch.double)
    start = torch.tensor(field.start, dtype=torch.double) + (torch.tensor(field.size, dtype=torch.double) - side) / 2
    return (start + position.double() * jump).round().long().clamp(0, size - side)


def random_corners(count: int, *, side: int, size: int, generator: torch.Generator) -> Corners:
    """Places of patches anywhere in an image."""
    return torch.randint(size - side + 1, (count, 2), generator=generator)


def read_images(images: Images, places: Int[Tensor, "*rest"]) -> dict[int, UInt8[Tensor, "3 height width"]]:
    """The images at these places, by place, as whole numbers from 0 to 255; those that cannot be read are left out."""
    wanted = sorted(set(places.flatten().tolist()) - {-1})
    found: dict[int, UInt8[Tensor, "3 height width"]] = {}
    if not wanted:  # units that no image excites
        return found
    for batch in images.at(wanted).batches(256):
        for place, x in zip(batch.places, batch.x, strict=True):
            found[wanted[place]] = (x * 255).round().to(torch.uint8)
    return found


def cut(
    pictures: Sequence[UInt8[Tensor, "3 height width"]], corner: Corners, *, side: int, largest: int = SIDE
) -> Float[Tensor, "patch 3 row column"]:
    """One patch of each picture, from 0 to 1, averaged to a side of ``largest`` if it is larger."""
    found = [
        picture[:, top : top + side, left : left + side]
        for picture, (top, left) in zip(pictures, corner.tolist(), strict=True)
    ]
    if not found:
        return torch.empty(0, 3, min(side, largest), min(side, largest))
    patches = torch.stack(found).float() / 255
    return adaptive_avg_pool2d(patches, largest) if side > largest else patches
