"""Pairs of a branch's units: each unit's kernel with its own pattern, and with those of the others.

All functions take a matrix (kernel, pattern) of numbers such as correlations, own pairs on its diagonal.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.metrics.similarity import correlation

Pairs = Float[Tensor, "kernel pattern"]


def all_pairs(a: Float[Tensor, "kernel row column"], b: Float[Tensor, "pattern row column"]) -> Pairs:
    """The correlation over points of every kernel with every pattern."""
    return correlation(a.flatten(1)[:, None], b.flatten(1)[None])


def own(pairs: Pairs) -> float:
    """The mean of the own pairs; NaN where there is none."""
    return float(pairs.diagonal().mean())


def others(pairs: Pairs) -> float:
    """The mean of all other pairs, which permuted pairs have on average; NaN where there is none."""
    count = len(pairs)
    return float((pairs.sum() - pairs.diagonal().sum()) / (count * (count - 1))) if count > 1 else float("nan")


def ranks(pairs: Pairs) -> Float[Tensor, " pattern"]:
    """For each pattern, the share of the other kernels that fit it less than its own does; equal ones count half."""
    if len(pairs) < 2:
        return torch.full((len(pairs),), torch.nan)
    mine = pairs.diagonal()[None]
    below = (pairs < mine).double() + 0.5 * (pairs == mine).double()
    return (below.sum(dim=0) - 0.5) / (len(pairs) - 1)


def found_first(pairs: Pairs) -> float:
    """The share of patterns that their own kernel fits best of all."""
    return float((pairs.argmax(dim=0) == torch.arange(len(pairs))).double().mean())
