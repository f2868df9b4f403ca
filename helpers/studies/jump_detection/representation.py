"""How classes lie in a layer of few units: apart or mixed, in order or not, on which side silent.

Classes are positions along the signal, in order; "adjacent" means one position further. (jump detection study,
section 4.2.3)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from scipy import stats
from torch import Tensor

# A unit that is active for fewer signals than this share is silent: a single odd signal does not revive it.
_SILENT = 0.01


class Scatter(NamedTuple):
    """Root mean square distances in a representation."""

    within: Float[Tensor, " seed"]  # of signals to the mean of their class
    between: Float[Tensor, " seed"]  # of class means to each other


def scatter(activation: Float[Tensor, "seed signal unit"], classes: int) -> Scatter:
    """How far signals lie from their class, and classes from each other.

    activation: of signals in order of their class, equally many each.
    """
    grouped = activation.unflatten(1, (classes, -1))  # (seed, class, signal, unit)
    means = grouped.mean(dim=2, keepdim=True)
    within = (grouped - means).square().sum(dim=-1).mean(dim=(1, 2)).sqrt()
    pairs = torch.triu_indices(classes, classes, offset=1, device=activation.device)
    between = _distances(means.squeeze(2))[:, pairs[0], pairs[1]].square().mean(dim=1).sqrt()
    return Scatter(within, between)


def adjacent_is_nearest(means: Float[Tensor, "seed class unit"]) -> Float[Tensor, " seed"]:
    """Share of classes whose nearest class mean belongs to an adjacent class; 2 / (classes - 1) or less by chance."""
    own = torch.eye(means.shape[1], dtype=torch.bool, device=means.device)
    nearest = _distances(means).masked_fill(own, torch.inf).argmin(dim=-1)
    classes = torch.arange(means.shape[1], device=means.device)
    return ((nearest - classes).abs() == 1).double().mean(dim=1)


def order_correlation(means: Float[Tensor, "seed class unit"]) -> Float[Tensor, " seed"]:
    """Spearman's rank correlation between the distance of class means and that of positions, over pairs of classes."""
    first, second = np.triu_indices(means.shape[1], k=1)
    apart = _distances(means)[:, first, second].cpu().numpy()
    return torch.tensor([stats.spearmanr(second - first, row).statistic for row in apart])


def neighbour_separation(activation: Float[Tensor, "seed signal unit"], classes: int) -> Float[Tensor, " seed"]:
    """Mean distance of the means of adjacent classes, in units of the root mean square distance within classes.

    activation: as for :func:`scatter`.
    """
    means = activation.unflatten(1, (classes, -1)).mean(dim=2)  # (seed, class, unit)
    return means.diff(dim=1).norm(dim=-1).mean(dim=1) / scatter(activation, classes).within


def shared_variance(a: Float[Tensor, "seed point unit"], b: Float[Tensor, "seed point unit"]) -> Float[Tensor, " seed"]:
    """Mean squared canonical correlation of two representations of the same points: 1 where they are the same up to
    an affine map, 0 where no direction of one goes with any of the other."""
    bases = [torch.linalg.svd(x - x.mean(dim=1, keepdim=True), full_matrices=False).U for x in (a, b)]
    return (bases[0].mT @ bases[1]).square().sum(dim=(-2, -1)) / min(a.shape[-1], b.shape[-1])


def silent_units(activation: Float[Tensor, "seed signal unit"]) -> Bool[Tensor, "seed unit"]:
    """Which units are active (above zero) for at most 1 % of the signals."""
    return (activation > 0).double().mean(dim=1) <= _SILENT


class SilentEnds(NamedTuple):
    """How many classes in a row, from either end, leave some unit of a layer silent."""

    first: Int[Tensor, " seed"]
    last: Int[Tensor, " seed"]


def silent_classes(means: Float[Tensor, "seed class unit"]) -> Float[Tensor, "seed class"]:
    """1 for classes in which some unit's averaged activation is below 1 % of its largest, else 0.

    A unit that no class activates is silent in all.
    """
    top = means.amax(dim=1, keepdim=True)
    return ((means < _SILENT * top) | (top <= 0)).any(dim=-1).to(means.dtype)


def silent_ends(means: Float[Tensor, "seed class unit"]) -> SilentEnds:
    """Runs of :func:`silent_classes` at both ends of the range of positions."""
    silent = silent_classes(means).long()
    return SilentEnds(silent.cumprod(dim=1).sum(dim=1), silent.flip(1).cumprod(dim=1).sum(dim=1))


def _distances(means: Float[Tensor, "seed class unit"]) -> Float[Tensor, "seed class other"]:
    # exact differences: the quicker way through matrix products loses digits where classes lie close
    return torch.cdist(means, means, compute_mode="donot_use_mm_for_euclid_dist")
