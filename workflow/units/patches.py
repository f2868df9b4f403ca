"""What units see of images where they are most active, as small pictures."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Int, UInt8
from torch import Tensor
from torch.nn.functional import avg_pool2d

from helpers.data.images import Images
from helpers.hooks.patches import corners, cut, read_images, side_of
from workflow.units.layers import UnitLayer

TILE = 48  # pixels a side at most; what is smaller in the image is kept as it is


class Patches:
    """The patches of a network's units in the images that it was shown."""

    def __init__(self, images: Images, tile: int = TILE) -> None:
        self.size, self.tile = images.size, tile
        self.pictures = read_images(images, torch.arange(len(images)))  # bytes
        self.smaller: dict[int, list[UInt8[Tensor, "3 height width"]]] = {}

    def tiles(
        self,
        layer: UnitLayer,
        image: Int[Tensor, "unit across"],
        place: Int[Tensor, "unit across 2"],
    ) -> UInt8[Tensor, "unit across 3 row column"]:
        """The patches of some units of a layer at these places of these images; grey where the image is -1."""
        side = side_of(layer.seen, self.size)
        corner = corners(layer.seen, place.flatten(0, 1), size=self.size)
        times = max(1, side // self.tile)  # patches of images that are this many times smaller take less time
        pictures = self._smaller(times)
        numbers: Sequence[int] = image.flatten().tolist()
        chosen = [pictures[max(0, each)] for each in numbers]
        found = cut(chosen, corner // times, side=side // times, largest=self.tile)
        found = (found * 255).round().to(torch.uint8)
        found[image.flatten() < 0] = 128
        return found.unflatten(0, image.shape)

    def _smaller(self, times: int) -> list[UInt8[Tensor, "3 height width"]]:
        """All images, with the mean of so many pixels in either direction as one."""
        if times not in self.smaller:
            every = [self.pictures[number] for number in range(len(self.pictures))]
            if times > 1:
                every = [avg_pool2d(each.float(), times).round().to(torch.uint8) for each in every]
            self.smaller[times] = every
        return self.smaller[times]
