"""Whether the two diagonals of an averaged kernel lie in the same channels, or in two groups of them (figure 29)."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.metrics.similarity import correlation
from helpers.studies.googlenet_neurons.directions import two_diagonals
from helpers.studies.googlenet_neurons.kernel_grid import diagonal
from helpers.studies.googlenet_neurons.kernels import Kernels, averaged

_FEWEST = 3  # units


def most_like_two_diagonals(weights: Kernels) -> Float[Tensor, "chosen channel row column"]:
    """The kernels of a tenth of the units, and three at least, whose averages are most like a template."""
    count = min(len(weights), max(_FEWEST, len(weights) // 10))
    return weights[two_diagonals(averaged(weights)).topk(count).indices]


def along_diagonals(weights: Kernels) -> tuple[Float[Tensor, "unit channel"], Float[Tensor, "unit channel"]]:
    """Of each channel the mean over the falling and over the rising diagonal, less that over all points."""
    falling = diagonal(*weights.shape[2:])
    whole = weights.mean(dim=(2, 3))
    one, other = ((weights * line).sum(dim=(2, 3)) / line.sum() - whole for line in (falling, falling.flip(1)))
    return one, other


def in_same_channels(weights: Kernels) -> tuple[float, float]:
    """The correlation over channels of both diagonals' values, mean over units; and that with the second diagonal of
    the channel next in norm.

    Negative for two groups of channels with one diagonal each, about 0 for channels that have nothing to do with each
    other, positive where some have both and others neither.
    """
    one, other = along_diagonals(weights)
    order = weights.flatten(2).norm(dim=2).argsort(dim=1)
    channels = weights.shape[1]
    next_in_norm = (torch.arange(channels) ^ 1).clamp(max=channels - 1)  # by twos: both are each other's
    beside = correlation(one.gather(1, order), other.gather(1, order[:, next_in_norm]))
    return float(correlation(one, other).mean()), float(beside.mean())
