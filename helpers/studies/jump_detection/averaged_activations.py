"""Averaged activations of a layer's units over the classes: stripes, width, and how much one unit alone says.

Averaged activations A have the axes (seed, class, unit): eqs. 3.6 and 3.7 of the jump detection study, with the class
axis before the units.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor


def class_means(activation: Float[Tensor, "seed signal unit"], classes: int) -> Float[Tensor, "seed class unit"]:
    """Averaged activation per class (eq. 3.6).

    activation: of signals in order of their class, with the same number of signals for each class.
    classes: the number of classes.

    Raises ValueError if the signals cannot be divided evenly.
    """
    if activation.shape[1] % classes:
        raise ValueError(
            f"{activation.shape[1]} signals cannot be {classes} classes of equal size; give a multiple of {classes}."
        )
    return activation.unflatten(1, (classes, -1)).mean(dim=2)


def near_diagonal(averaged: Float[Tensor, "seed class output"], *, reach: int) -> Float[Tensor, " seed"]:
    """Share of the averaged output that lies within ``reach`` classes of the true class."""
    classes = torch.arange(averaged.shape[1], device=averaged.device)
    band = (classes[:, None] - classes).abs() <= reach
    return (averaged * band).sum(dim=(1, 2)) / averaged.sum(dim=(1, 2))


class VarianceShares(NamedTuple):
    """Shares of the variance of averaged activations; they sum to one."""

    position: Float[Tensor, " seed"]
    unit: Float[Tensor, " seed"]
    interaction: Float[Tensor, " seed"]


def variance_shares(averaged: Float[Tensor, "seed class unit"]) -> VarianceShares:
    """Shares of the variance of A that the class alone and the unit alone explain (two-way analysis of variance)."""
    centred = averaged - averaged.mean(dim=(1, 2), keepdim=True)
    total = centred.square().mean(dim=(1, 2))
    position = centred.mean(dim=2).square().mean(dim=1) / total
    unit = centred.mean(dim=1).square().mean(dim=1) / total
    return VarianceShares(position, unit, 1 - position - unit)


def neighbour_correlation(averaged: Float[Tensor, "seed class unit"], *, step: int = 1) -> Float[Tensor, " seed"]:
    """Mean Pearson correlation, over the units, between the averaged activations of classes ``step`` apart."""
    centred = averaged - averaged.mean(dim=2, keepdim=True)
    normalised_step = torch.nn.functional.normalize(centred, dim=2)
    return (normalised_step[:, :-step] * normalised_step[:, step:]).sum(dim=2).mean(dim=1)


def active_width(averaged: Float[Tensor, "seed class unit"]) -> Float[Tensor, "seed unit"]:
    """Length of the longest run of neighbouring classes with at least half of the unit's largest averaged activation.

    It is not a number for a unit that no class activates.
    """
    top = averaged.amax(dim=1, keepdim=True)
    high = averaged >= top / 2
    run = torch.zeros_like(averaged[:, 0])
    longest = run.clone()
    for c in range(averaged.shape[1]):
        run = (run + 1) * high[:, c]
        longest = torch.maximum(longest, run)
    return longest.where(top[:, 0] > 0, torch.nan)


def single_unit_error(
    activation: Float[Tensor, "seed signal unit"], label: Int[Tensor, "seed signal"], *, bins: int
) -> Float[Tensor, "seed unit"]:
    """Mean absolute error of the best prediction from each unit alone.

    activation: of signals in any order.
    label: the class of each signal.
    bins: how many bins the activation of a unit is divided into, at its quantiles.

    The signals at even indices give each bin its prediction, the median of their labels. The error is measured on the
    other signals.
    """
    teach, ask = activation[:, ::2], activation[:, 1::2]
    taught, asked = label[:, ::2], label[:, 1::2]
    edges = torch.quantile(teach, torch.linspace(0, 1, bins + 1, device=teach.device)[1:-1], dim=1)
    errors = torch.empty(activation.shape[0], activation.shape[2], device=activation.device)
    for s in range(activation.shape[0]):
        cuts = edges[:, s].T.contiguous()  # (unit, bins - 1)
        in_bin = torch.searchsorted(cuts, teach[s].T.contiguous())  # (unit, signal)
        medians = _medians(in_bin, taught[s], bins)
        answer = medians.gather(1, torch.searchsorted(cuts, ask[s].T.contiguous()))
        errors[s] = (answer - asked[s]).abs().float().mean(dim=1)
    return errors


def _medians(in_bin: Int[Tensor, "unit signal"], label: Int[Tensor, " signal"], bins: int) -> Int[Tensor, "unit bin"]:
    """Lower median of the labels of the signals in each bin; for an empty bin, the median of all labels."""
    classes = int(label.max()) + 1
    counts = torch.zeros(len(in_bin), bins * classes, dtype=torch.long, device=label.device)
    counts.scatter_add_(1, in_bin * classes + label, torch.ones_like(in_bin))
    below = counts.view(-1, bins, classes).cumsum(dim=-1)
    total = below[..., -1:]
    median = (below * 2 < total).sum(dim=-1)
    return torch.where(total[..., 0] > 0, median, label.median())
