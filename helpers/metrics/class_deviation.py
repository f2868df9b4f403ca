"""How far apart activations lie within a class and between classes (study: jump_detection, section 6.4).

Means over all pairs are exact, and memory holds at most one block of distances at a time. Euclidean distances are
summed block by block. Cosine and correlation need no distances: the dot products of all pairs sum to half of the
difference between the squared length of the vectors' sum and the sum of their squared lengths.

All results are float64, so that a sum over millions of pairs and the distance of near duplicates are precise.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Literal, NamedTuple, get_args

import torch
from jaxtyping import Float, Int
from torch import Tensor

Distance = Literal["euclidean", "cosine", "correlation"]
Pairs = Literal["adjacent", "all"]


class Deviations(NamedTuple):
    """The measures of section 6.4 for one layer. ``normalised`` is the Euclidean distance over the activation level."""

    level: Float[Tensor, " seed"]
    inner_euclidean: Float[Tensor, " seed"]
    inner_normalised: Float[Tensor, " seed"]
    inner_cosine: Float[Tensor, " seed"]
    inner_correlation: Float[Tensor, " seed"]
    inter_euclidean: Float[Tensor, " seed"]
    inter_normalised: Float[Tensor, " seed"]
    inter_cosine: Float[Tensor, " seed"]
    inter_correlation: Float[Tensor, " seed"]


def mean_pairwise(x: Float[Tensor, "member unit"], distance: Distance, *, block: int = 256) -> Float[Tensor, ""]:
    """Mean distance of all pairs of different members (eqs. 6.1, 6.7 and 6.8).

    x: the activations of the members.
    distance: the measure of distance.
    block: the number of members along each side of a block of distances; memory grows with its square.

    The result is not a number for the cosine of a vector of length 0 and for the correlation of one without variance.
    Raises ValueError for fewer than two members and an unknown distance.
    """
    if len(x) < 2:
        raise ValueError(f"A mean over pairs needs at least two members, not {len(x)}.")
    pairs = len(x) * (len(x) - 1) / 2
    if distance == "euclidean":
        return _summed_euclidean(x.double(), block) / pairs
    unit = _directions(x, distance)
    similarity = (unit.sum(dim=0).square().sum() - unit.square().sum()) / 2
    return 1 - similarity / pairs


def inner_deviation(
    activation: Float[Tensor, "seed signal unit"],
    label: Int[Tensor, "seed signal"],
    *,
    classes: int,
    distance: Distance,
) -> Float[Tensor, " seed"]:
    """Mean distance of two signals of a class, averaged over the classes (eq. 6.2, each pair counted once).

    activation: of all signals, in any order.
    label: the class of each signal; classes may differ in size.
    classes: the number of classes.
    distance: the measure of distance.

    Raises ValueError for a class with fewer than two signals.
    """
    result = torch.empty(len(activation), dtype=torch.float64, device=activation.device)
    for s, (values, labels) in enumerate(zip(activation, label, strict=True)):
        members = values[labels.argsort(stable=True)].split(_sizes(labels, classes, at_least=2))
        result[s] = torch.stack([mean_pairwise(x, distance) for x in members]).mean()
    return result


def representations(
    activation: Float[Tensor, "seed signal unit"], label: Int[Tensor, "seed signal"], *, classes: int
) -> Float[Tensor, "seed class unit"]:
    """The averaged activation of each class (eq. 3.6); the signals may be in any order, the classes of any size.

    Raises ValueError for a class without a signal.
    """
    seeds, _, units = activation.shape
    sizes = torch.tensor([_sizes(labels, classes, at_least=1) for labels in label], device=activation.device)
    sums = torch.zeros(seeds, classes, units, dtype=torch.float64, device=activation.device)
    sums.scatter_add_(1, label.unsqueeze(-1).expand_as(activation), activation.double())
    return sums / sizes.unsqueeze(-1)


def inter_deviation(
    averaged: Float[Tensor, "seed class unit"], *, distance: Distance, pairs: Pairs
) -> Float[Tensor, " seed"]:
    """Mean distance between the averaged activations of two classes.

    averaged: the averaged activation of each class.
    distance: the measure of distance.
    pairs: "adjacent" takes neighbouring classes (eq. 6.3, divided by the number of such pairs, which is one fewer than
    the classes), "all" takes every two classes (section 6.4.2).
    """
    classes = averaged.shape[1]
    chosen = list(zip(range(classes), range(1, classes), strict=False))
    first, second = torch.tensor(chosen if pairs == "adjacent" else list(combinations(range(classes), 2))).T
    if distance == "euclidean":
        return (averaged[:, first] - averaged[:, second]).double().norm(dim=-1).mean(dim=1)
    unit = _directions(averaged, distance)
    return 1 - (unit[:, first] * unit[:, second]).sum(dim=-1).mean(dim=1)


def activation_level(activation: Float[Tensor, "seed signal unit"]) -> Float[Tensor, " seed"]:
    """Mean L1 norm of the signals' activations (eq. 6.4)."""
    return activation.abs().sum(dim=-1).double().mean(dim=1)


def deviations(
    activation: Float[Tensor, "seed signal unit"],
    label: Int[Tensor, "seed signal"],
    *,
    classes: int,
    pairs: Pairs,
) -> Deviations:
    """All measures of one layer (eqs. 6.2 to 6.9).

    activation: of all signals, in any order.
    label: the class of each signal.
    classes: the number of classes.
    pairs: as for :func:`inter_deviation`.
    """
    averaged = representations(activation, label, classes=classes)
    level = activation_level(activation)
    inner = {d: inner_deviation(activation, label, classes=classes, distance=d) for d in get_args(Distance)}
    inter = {d: inter_deviation(averaged, distance=d, pairs=pairs) for d in get_args(Distance)}
    return Deviations(
        level,
        inner["euclidean"],
        inner["euclidean"] / level,
        inner["cosine"],
        inner["correlation"],
        inter["euclidean"],
        inter["euclidean"] / level,
        inter["cosine"],
        inter["correlation"],
    )


def by_layer(
    layers: Sequence[Float[Tensor, "seed signal _unit"]],
    label: Int[Tensor, "seed signal"],
    *,
    classes: int,
    pairs: Pairs = "adjacent",
) -> dict[str, Float[Tensor, "seed layer"]]:
    """Each measure of :class:`Deviations` over the layers.

    layers: the activations of each layer; the first is layer 0, the input.
    label: the class of each signal.
    classes: the number of classes.
    pairs: as for :func:`inter_deviation`.
    """
    rows = [deviations(layer, label, classes=classes, pairs=pairs) for layer in layers]
    return {name: torch.stack([getattr(row, name) for row in rows], dim=1).cpu() for name in Deviations._fields}


def _directions(x: Float[Tensor, "*batch unit"], distance: Distance) -> Float[Tensor, "*batch unit"]:
    """Vectors of length 1 whose dot products are the similarities."""
    if distance not in ("cosine", "correlation"):
        raise ValueError(f"There is no distance {distance!r}; allowed are {', '.join(get_args(Distance))}.")
    x = x.double()
    if distance == "correlation":
        x = x - x.mean(dim=-1, keepdim=True)
    return x / x.norm(dim=-1, keepdim=True)


def _summed_euclidean(x: Float[Tensor, "member unit"], block: int) -> Float[Tensor, ""]:
    x = x - x.mean(dim=0)  # distances are the same, and squares and products cancel less
    square = x.square().sum(dim=1)
    total = x.new_zeros(())
    for i in range(0, len(x), block):
        for j in range(i, len(x), block):
            squared = torch.addmm(square[j : j + block], x[i : i + block], x[j : j + block].T, alpha=-2)
            distance = squared.add_(square[i : i + block, None]).clamp_(min=0).sqrt_()
            total += distance.triu_(1).sum() if i == j else distance.sum()
    return total


def _sizes(labels: Int[Tensor, " signal"], classes: int, *, at_least: int) -> list[int]:
    sizes = torch.bincount(labels, minlength=classes)
    if len(sizes) > classes:
        raise ValueError(f"The labels reach {len(sizes) - 1}, but there are only {classes} classes.")
    if int(sizes.min()) < at_least:
        raise ValueError(
            f"Class {int(sizes.argmin())} has {int(sizes.min())} of the {len(labels)} signals; "
            f"every class needs at least {at_least}."
        )
    return [int(size) for size in sizes]
