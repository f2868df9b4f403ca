"""What a unit's kernels are as numbers: their average over the channels, how much of the unit it holds, and others.

A unit has one kernel for each channel that it reads. The study averages them (section 4.1): one small picture a unit.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

Kernels = Float[Tensor, "unit channel row column"]
Pictures = Float[Tensor, "unit row column"]


def averaged(weights: Kernels) -> Pictures:
    """The mean of a unit's kernels over its channels."""
    return weights.mean(dim=1)


def share_of_average(weights: Kernels) -> Float[Tensor, " unit"]:
    """The share of a unit's energy (sum of squared weights) that its averaged kernel holds, from 0 to 1.

    Channels times the squared norm of the average, over the squared norm of all weights. Kernels that have nothing to
    do with each other give 1 / channels on average; NaN for a unit without weights.
    """
    channels = weights.shape[1]
    return channels * averaged(weights).square().sum(dim=(1, 2)) / weights.square().sum(dim=(1, 2, 3))


def rank_one(weights: Kernels) -> tuple[Pictures, Float[Tensor, "unit channel"], Float[Tensor, " unit"]]:
    """The best picture times a number for each channel: pictures of norm 1, numbers, and the share of energy held.

    The sign is such that the numbers have a positive sum: channels behind a ReLU are never negative, so a positive
    point of the picture then excites the unit.
    """
    units, _, rows, columns = weights.shape
    left, values, right = torch.linalg.svd(weights.flatten(2), full_matrices=False)
    numbers, picture = left[:, :, 0] * values[:, :1], right[:, 0]
    sign = torch.where(numbers.sum(dim=1) < 0, -1.0, 1.0)[:, None]
    share = values[:, 0].square() / values.square().sum(dim=1)
    return (picture * sign).reshape(units, rows, columns), numbers * sign, share


def composed_average(weights: Kernels, reduce: Float[Tensor, "channel input 1 1"]) -> Pictures:
    """The averaged kernel over the input of the 1×1 convolution that stands before the kernels.

    The two convolutions are taken as one, without the ReLU between them; averaging over the inputs then weights each
    channel's kernel by the mean of its 1×1 weights.
    """
    return torch.einsum("uchw,c->uhw", weights, reduce.flatten(1).mean(dim=1))


def effective_rank(matrix: Float[Tensor, "row column"]) -> float:
    """In how many directions the rows of a matrix lie: the exponential of the entropy of its normalised squared
    singular values, from 1 to the smaller side. NaN for a matrix of zeros.
    """
    energy = torch.linalg.svdvals(matrix).square()
    share = energy / energy.sum()
    return float(torch.exp(-torch.xlogy(share, share).sum()))
