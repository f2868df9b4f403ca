"""FastICA of many tables at once: the parallel algorithm of scikit-learn (log-cosh contrast, whitening), batched.

A unit needs some tens of analyses (draws of its patches, seeds, channels), each of a small table, in which scikit-learn
spends its time on the overhead of steps. Here one step serves all tables that have not converged yet; from the same
first guess the results are scikit-learn's to the digits that rounding leaves (tests compare them).

A. Hyvärinen and E. Oja, "Independent component analysis: algorithms and applications", Neural Networks 13, 2000.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

RESOLVED = 1e-7  # of the largest spread: a direction with less is noise of the numbers


class Whitened(NamedTuple):
    """Centred tables in their first principal directions.

    weights: of every sample, uncorrelated and of unit length.
    pictures: what a weight of 1 stands for.
    rank: how many directions have more spread than rounding makes.
    """

    weights: Float[Tensor, "set component sample"]
    pictures: Float[Tensor, "set component value"]
    rank: Float[Tensor, " set"]


class Unmixed(NamedTuple):
    """Independent components; without convergence, what the last step left."""

    mixing: Float[Tensor, "set component value"]
    converged: Bool[Tensor, " set"]


def whitened(rows: Float[Tensor, "set sample value"], count: int) -> Whitened:
    """The first ``count`` principal directions of centred rows, the one with the largest spread first."""
    few = rows.shape[1] <= rows.shape[2]  # samples: the smaller of the two products is taken apart
    product = rows @ rows.mT if few else rows.mT @ rows
    squares, vectors = torch.linalg.eigh(product)
    squares, vectors = squares.flip(-1).clamp(min=0), vectors.flip(-1)[..., :count].mT  # the largest first
    spread = squares.sqrt()
    rank = (spread > RESOLVED * spread[:, :1]).double().sum(dim=-1)
    length = spread[:, :count, None].clamp(min=1e-300)
    weights = vectors if few else vectors @ rows.mT / length
    pictures = vectors @ rows if few else vectors * length
    return Whitened(weights, pictures, rank)


def fast_ica(white: Whitened, first: Float[Tensor, "component component_"], *, steps: int, tolerance: float) -> Unmixed:
    """Independent components of whitened tables, each of at least as many dimensions as components.

    first: the first guess of the unmixing matrix, the same for all tables.
    steps, tolerance: a table has converged when no direction turns by more than ``tolerance`` in a step (1 minus the
    absolute cosine); it is left alone then, and those that have not after ``steps`` steps are told.
    """
    samples = white.weights.shape[-1]
    sign = _sign(white)  # scikit-learn's, so that the same first guess means the same
    x = white.weights * sign * samples**0.5
    unmixing = _decorrelated(first.expand(len(x), -1, -1))
    left = torch.arange(len(x))
    for _ in range(steps):
        w, z = unmixing[left], x[left]
        bent = torch.tanh(w @ z)
        slope = (1 - bent.square()).mean(dim=-1, keepdim=True)
        turned = _decorrelated(bent @ z.mT / samples - slope * w)
        unmixing[left] = turned
        change = ((turned * w).sum(dim=-1).abs() - 1).abs().amax(dim=-1)
        left = left[change >= tolerance]
        if not len(left):
            break
    converged = torch.ones(len(x), dtype=torch.bool)
    converged[left] = False
    sources = unmixing @ x
    length = sources.std(dim=-1, correction=0)[..., None]
    mixing = torch.linalg.solve((unmixing / length).mT, white.pictures * sign / samples**0.5)
    return Unmixed(mixing, converged)


def first_guess(count: int, seed: int) -> Float[Tensor, "component component_"]:
    """The first guess that scikit-learn makes from a seed."""
    return torch.from_numpy(np.random.RandomState(seed).normal(size=(count, count)))


def _sign(white: Whitened) -> Float[Tensor, "set component 1"]:
    """The sign of each direction's first value."""
    sign = white.pictures[..., :1].sign()
    return torch.where(sign == 0, torch.ones_like(sign), sign)


def _decorrelated(w: Float[Tensor, "set component component_"]) -> Float[Tensor, "set component component_"]:
    """The orthogonal matrix next to each: W <- (W W^T)^(-1/2) W."""
    square, vectors = torch.linalg.eigh(w @ w.mT)
    return (vectors / square.clamp(min=1e-300).sqrt()[:, None]) @ (vectors.mT @ w)
