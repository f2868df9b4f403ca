"""Which units are nearest to a unit: by their responses to the images, and by their kernels."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

NEAREST = 5
_BLOCK = 1024  # units whose likeness to all others is in memory at once


class Nearest(NamedTuple):
    """The nearest units of each unit, the nearest first; -1 where there are fewer, and for a unit without variation."""

    unit: Int[Tensor, "unit rank"]
    likeness: Float[Tensor, "unit rank"]


def by_response(response: Float[Tensor, "unit image"]) -> Nearest:
    """By the correlation of responses over images, among all units; none for a unit whose responses are all equal."""
    centred = response - response.mean(1, keepdim=True)
    return _nearest(centred)


def by_weights(kernel: Float[Tensor, "unit channel row column"]) -> Nearest:
    """By the cosine of kernels, among the units of one layer."""
    return _nearest(kernel.flatten(1))


def _nearest(vectors: Float[Tensor, "unit entry"]) -> Nearest:
    """By the cosine of vectors; a vector of zeros has no neighbours and is none."""
    norm = vectors.norm(dim=1, keepdim=True)
    there = norm[:, 0] > 1e-6 * norm.max().clamp(min=torch.finfo(norm.dtype).tiny)
    unit = vectors / norm.clamp(min=torch.finfo(norm.dtype).tiny)
    count = min(NEAREST, len(vectors))
    numbers, likeness = [], []
    for first in range(0, len(unit), _BLOCK):
        block = unit[first : first + _BLOCK] @ unit.T
        block[:, ~there] = -torch.inf
        block[~there[first : first + _BLOCK]] = -torch.inf
        block[torch.arange(len(block)), torch.arange(len(block)) + first] = -torch.inf
        best, which = block.topk(count, dim=1)
        numbers.append(torch.where(best.isinf(), -1, which))
        likeness.append(torch.where(best.isinf(), torch.nan, best))
    pad = (0, NEAREST - count)
    return Nearest(
        torch.nn.functional.pad(torch.cat(numbers), pad, value=-1),
        torch.nn.functional.pad(torch.cat(likeness), pad, value=torch.nan),
    )
