"""The units whose optimised images there are, with their images, for algorithm 3."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from helpers.studies.googlenet_neurons.colour.peaks import Reading, chroma, scores
from helpers.studies.googlenet_neurons.subject import Subject

UnitImages = UInt8[Tensor, "_ _ 3 _ _"]  # unit, direction, colour, row, column


@dataclass(frozen=True)
class Sample:
    """Some units of each block.

    place: of each unit among all units, one branch after the other. number: in its block. layer: the block, from 0.
    images: of the units of each block, of the first start; direction 0 is the maximum, 1 the minimum.
    """

    place: Int[Tensor, " unit"]
    number: Int[Tensor, " unit"]
    layer: Int[Tensor, " unit"]
    images: list[UnitImages]

    def scores(self, reading: Reading) -> Float[Tensor, " unit"]:
        """The spread of the peaks of each unit's image."""
        return torch.cat([scores(each, reading) for each in self.images])

    def chroma(self) -> Float[Tensor, " unit"]:
        """The chroma of the image of each unit's maximum."""
        return torch.cat([chroma(each[:, 0]) for each in self.images])

    def image(self, unit: int) -> UnitImages:
        """The images of one unit of the sample, (1, direction, 3, row, column)."""
        block = int(self.layer[unit])
        first = int((self.layer < block).sum())
        return self.images[block][unit - first : unit - first + 1]


def sampled(seen: Subject, optimised: Mapping[str, Any]) -> Sample:
    """The sample of a stage: ``optimised`` gives for each block the numbers of units (``unit``) and ``image``, (unit,
    direction, start, 3, row, column). Blocks that it lacks have no units in the sample."""
    place, number, layer, images = [], [], [], []
    for depth, block in enumerate(seen.blocks):
        if block.name not in optimised:
            images.append(torch.zeros(0, 2, 3, 1, 1, dtype=torch.uint8))
            continue
        made = optimised[block.name]
        where = {
            own: seen.places(branch).start + own - branch.first for branch in block.branches for own in branch.numbers
        }
        chosen = [k for k, own in enumerate(made.unit.tolist()) if own in where]
        units = made.unit[chosen].long()
        number.append(units)
        place.append(torch.tensor([where[own] for own in units.tolist()], dtype=torch.long))
        layer.append(torch.full((len(units),), depth))
        images.append(made.image[chosen][:, :, 0])
    return Sample(torch.cat(place), torch.cat(number), torch.cat(layer), images)
