"""What units read: the mean of a value of the units below, weighted by the absolute weights of a unit.

A unit of a block reads the units of the block before, by its own kernel or through a 1×1 convolution in between.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.studies.googlenet_neurons.subject import Branch, Subject

Value = Float[Tensor, " unit"]


def weight_on(seen: Subject, branch: Branch) -> Float[Tensor, "unit below"]:
    """How much each unit of a branch reads of each channel below: absolute weights, summed over the kernel's positions,
    and through the 1×1 convolution where there is one."""
    own = seen.weights(branch).abs().sum((-2, -1))
    reduced = seen.reduce_weights(branch)
    return own if reduced is None else own @ reduced.abs().sum((-2, -1))


def mean_below(weight: Float[Tensor, "unit below"], below: Float[Tensor, " below"]) -> Value:
    """The mean of the values below, weighted; channels without a value are left out."""
    known = ~below.isnan()
    total = weight[:, known].sum(dim=1)
    return (weight[:, known] @ below[known]) / total.clamp(min=1e-12)


def of_units_below(seen: Subject, values: Value) -> Value:
    """For each unit the mean value of the units that it reads, as far as these are units of the block before.

    values: of all units, one branch after the other. Not a number for the units of the first block, and where the block
    before has another number of channels.
    """
    found, before = [], torch.empty(0)
    for block in seen.blocks:
        for branch in block.branches:
            weight = weight_on(seen, branch)
            fits = weight.shape[1] == len(before)
            found.append(mean_below(weight, before) if fits else torch.full((branch.units,), torch.nan))
        before = torch.cat([values[seen.places(branch)] for branch in block.branches])
    return torch.cat(found).float()
