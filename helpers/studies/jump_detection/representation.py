"""The arrangement of classes in a layer of few units: separate or mixed, ordered or not, and where units are silent.

Classes are positions along the signal, in order; "adjacent" means the next or the previous position (jump detection
study, section 4.2.3).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from scipy import stats
from torch import Tensor

# A unit that is active for at most this share of the signals counts as silent, in spite of a few odd signals.
_SILENT = 0.01


class Scatter(NamedTuple):
    """Root mean square distances in a representation."""

    within: Float[Tensor, " seed"]  # from signals to the mean of their class
    between: Float[Tensor, " seed"]  # between class means


def scatter(activation: Float[Tensor, "seed signal unit"], classes: int) -> Scatter:
    """The root mean square distance of signals from their class mean, and of class means from each other.

    activation: of signals in order of their class, with the same number of signals for each class.
    classes: the number of classes.
    """
    grouped = activation.unflatten(1, (classes, -1))  # (seed, class, signal, unit)
    means = grouped.mean(dim=2, keepdim=True)
    within = (grouped - means).square().sum(dim=-1).mean(dim=(1, 2)).sqrt()
    pairs = torch.triu_indices(classes, classes, offset=1, device=activation.device)
    between = _distances(means.squeeze(2))[:, pairs[0], pairs[1]].square().mean(dim=1).sqrt()
    return Scatter(within, between)


def adjacent_is_nearest(means: Float[Tensor, "seed class unit"]) -> Float[Tensor, " seed"]:
    """Share of classes whose nearest class mean is that of an adjacent class; by chance at most 2 / (classes - 1)."""
    own = torch.eye(means.shape[1], dtype=torch.bool, device=means.device)
    nearest = _distances(means).masked_fill(own, torch.inf).argmin(dim=-1)
    classes = torch.arange(means.shape[1], device=means.device)
    return ((nearest - classes).abs() == 1).double().mean(dim=1)


def order_correlation(means: Float[Tensor, "seed class unit"]) -> Float[Tensor, " seed"]:
    """Spearman's rank correlation, over pairs of classes, between the distance of class means and that of positions."""
    first, second = np.triu_indices(means.shape[1], k=1)
    apart = _distances(means)[:, first, second].cpu().numpy()
    return torch.tensor([stats.spearmanr(second - first, row).statistic for row in apart])


def neighbour_separation(activation: Float[Tensor, "seed signal unit"], classes: int) -> Float[Tensor, " seed"]:
    """Mean distance of the means of adjacent classes, in units of the root mean square distance within classes.

    activation, classes: as for :func:`scatter`.
    """
    means = activation.unflatten(1, (classes, -1)).mean(dim=2)  # (seed, class, unit)
    return means.diff(dim=1).norm(dim=-1).mean(dim=1) / scatter(activation, classes).within


def shared_variance(a: Float[Tensor, "seed point unit"], b: Float[Tensor, "seed point unit"]) -> Float[Tensor, " seed"]:
    """Mean squared canonical correlation of two representations of the same points.

    It is 1 if they are equal up to an affine map, and 0 if no direction of one is correlated with any direction of the
    other.
    """
    bases = [torch.linalg.svd(x - x.mean(dim=1, keepdim=True), full_matrices=False).U for x in (a, b)]
    return (bases[0].mT @ bases[1]).square().sum(dim=(-2, -1)) / min(a.shape[-1], b.shape[-1])


def silent_units(activation: Float[Tensor, "seed signal unit"]) -> Bool[Tensor, "seed unit"]:
    """Which units are active (above zero) for at most 1% of the signals."""
    return (activation > 0).double().mean(dim=1) <= _SILENT


class SilentEnds(NamedTuple):
    """The number of consecutive classes, from each end, in which some unit of a layer is silent."""

    first: Int[Tensor, " seed"]
    last: Int[Tensor, " seed"]


def silent_classes(means: Float[Tensor, "seed class unit"]) -> Float[Tensor, "seed class"]:
    """1 for classes in which some unit's averaged activation is below 1% of its largest, otherwise 0.

    A unit that no class activates is silent in all classes.
    """
    top = means.amax(dim=1, keepdim=True)
    return ((means < _SILENT * top) | (top <= 0)).any(dim=-1).to(means.dtype)


def silent_ends(means: Float[Tensor, "seed class unit"]) -> SilentEnds:
    """The lengths of the runs of :func:`silent_classes` at both ends of the range of positions."""
    silent = silent_classes(means).long()
    return SilentEnds(silent.cumprod(dim=1).sum(dim=1), silent.flip(1).cumprod(dim=1).sum(dim=1))


def _distances(means: Float[Tensor, "seed class unit"]) -> Float[Tensor, "seed class other"]:
    # exact differences: the faster computation with matrix products loses digits if classes are close together
    return torch.cdist(means, means, compute_mode="donot_use_mm_for_euclid_dist")
