"""Which units page 3 looks at: those with optimised images, and all kernels of the layer that the study's figures show.

Units are numbered among those of all branches.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from helpers.studies.googlenet_neurons.natural_extremes import place_of
from helpers.studies.googlenet_neurons.subject import Block, Branch, Subject

FIGURES = "mixed4a"  # the layer of the units in figures 17 and 27 to 32
_MOST = 64  # units of a branch that figures may choose from, in other networks


@dataclass(frozen=True)
class Shown:
    """The optimised images of the units of a block.

    place: the units. image: from 0 to 1; of the first start, direction 0 for the maximum, 1 for the minimum.
    """

    block: Block
    place: Int[Tensor, " unit"]
    image: Float[Tensor, "unit direction 3 row column"]


def shown(seen: Subject, optimised: Mapping[str, Any]) -> list[Shown]:
    """The optimised images of a stage, by block; ``optimised`` has units, counted in their block, and images."""
    found = []
    for block in seen.blocks:
        if (own := optimised.get(block.name)) is None:
            continue
        known = {number for branch in block.branches for number in branch.numbers}
        rows = [k for k, number in enumerate(own.unit.tolist()) if number in known]
        if rows:
            places = torch.tensor([place_of(seen, block, int(own.unit[k])) for k in rows])
            image = own.image[rows, :, 0].float() / 255  # (unit, direction, 3, row, column)
            side = min(image.shape[-1], seen.loaded.preprocessing.size)  # a network may take no larger images
            sized = adaptive_avg_pool2d(image.flatten(0, 1), side).unflatten(0, image.shape[:2])
            found.append(Shown(block, places, sized))
    return found


def block_of_figures(seen: Subject) -> Block:
    """The study's mixed4a, or in other networks the middle one of the blocks with kernels of 3×3 or more."""
    named = {block.name: block for block in seen.blocks}
    if FIGURES in named and any(branch in seen.kernel_sets() for branch in named[FIGURES].branches):
        return named[FIGURES]
    wide = list(dict.fromkeys(branch.block for branch in seen.kernel_sets()))
    return named[wide[len(wide) // 2]]


def branches_of_figures(seen: Subject) -> list[Branch]:
    """Its branches with kernels of 3×3 or more."""
    return [branch for branch in block_of_figures(seen).branches if min(branch.size) >= 3]


def places_of_figures(seen: Subject) -> list[int]:
    """All units of these branches, of Inception V1; at most 64 of each in other networks."""
    named = block_of_figures(seen).name == FIGURES
    found: list[int] = []
    for branch in branches_of_figures(seen):
        where = seen.places(branch)
        found += range(where.start, where.stop if named else min(where.stop, where.start + _MOST))
    return found
