"""What units see of images where they are most active, as small pictures."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Int, UInt8
from torch import Tensor

from helpers.data.images import Images
from helpers.hooks.patches import corners, cut, read_images, side_of
from workflow.units.layers import UnitLayer

TILE = 48  # pixels a side at most; what is smaller in the image is kept as it is


class Patches:
    """The patches of a network's units in the images that it was shown."""

    def __init__(self, images: Images, tile: int = TILE) -> None:
        self.size, self.tile = images.size, tile
        self.pictures = read_images(images, torch.arange(len(images)))  # bytes

    def tiles(
        self,
        layer: UnitLayer,
        image: Int[Tensor, "unit across"],
        place: Int[Tensor, "unit across 2"],
    ) -> UInt8[Tensor, "unit across 3 row column"]:
        """The patches of some units of a layer at these places of these images; grey where the image is -1."""
        side = side_of(layer.seen, self.size)
        corner = corners(layer.seen, place.flatten(0, 1), size=self.size)
        numbers: Sequence[int] = image.flatten().tolist()
        found = cut([self.pictures[max(0, each)] for each in numbers], corner, side=side, largest=self.tile)
        found = (found * 255).round().to(torch.uint8)
        found[image.flatten() < 0] = 128
        return found.unflatten(0, image.shape)
