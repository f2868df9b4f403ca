"""The units of random networks whose optimised images there are, the control of algorithm 3."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from jaxtyping import Bool
from torch import Tensor

from helpers.studies.googlenet_neurons.colour.sample import Sample, sampled
from helpers.studies.googlenet_neurons.optimising import Optimised
from helpers.studies.googlenet_neurons.random_pattern_recipes import by_block
from helpers.studies.googlenet_neurons.subject import Subject


def sampled_of_random(seen: Subject, made: Mapping[str, Optimised]) -> Sample:
    """The units of all draws of the stage ``random_images``, one sample: of each block those of one draw after another.

    Their images for the maximum stand for the minimum, too.
    """
    draws = [sampled(seen, by_block(seen, each)) for each in made.values()]
    blocks, nothing = range(len(seen.blocks)), torch.zeros(0, dtype=torch.long)

    def joined(name: str) -> Tensor:
        return torch.cat([nothing, *(getattr(each, name)[each.layer == block] for block in blocks for each in draws)])

    none = torch.zeros(0, 2, 3, 1, 1, dtype=torch.uint8)
    images = [torch.cat([draw.images[block] for draw in draws]) if draws else none for block in blocks]
    return Sample(joined("place"), joined("number"), joined("layer"), images)


def wide(seen: Subject) -> Bool[Tensor, " unit"]:
    """Which units, of all branches one after the other, have kernels of 3×3 and more, as those of the stage have."""
    return torch.tensor([min(branch.size) >= 3 for branch in seen.branches for _ in range(branch.units)])
