"""How well one label of units agrees with another: Cohen's kappa, and the AUC within layers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from helpers.randomness import generator
from helpers.statistics.intervals import Interval
from helpers.statistics.rank_correlation import rank_correlation

Label = Bool[Tensor, " unit"]


def kappa(a: Label, b: Label) -> float:
    """Cohen's kappa of two labels: 1 for the same, 0 for as much agreement as by chance; 0 if both are constant."""
    a, b = a.double(), b.double()
    agreed = float((a * b + (1 - a) * (1 - b)).mean())
    chance = float(a.mean() * b.mean() + (1 - a.mean()) * (1 - b.mean()))
    return (agreed - chance) / (1 - chance) if chance < 1 else 0.0


def kappa_interval(a: Label, b: Label, *, draws: int = 2000, seed: int = 0) -> Interval:
    """Cohen's kappa with the middle 95% of its bootstrap over the units."""
    random = generator(seed, "bootstrap of kappa")
    rows = torch.randint(len(a), (draws, len(a)), generator=random)
    found = np.array([kappa(a[row], b[row]) for row in rows])
    low, high = np.quantile(found, [0.025, 0.975])
    return Interval(kappa(a, b), float(low), float(high))


def auc_within(score: Float[Tensor, " unit"], label: Label, layer: Int[Tensor, " unit"]) -> float:
    """The share of pairs of units of the same layer, one with the label and one without, in which the one with it has
    the larger score; ties count half. Not a number where no layer has both kinds. Units without a score are left out.
    """
    right, pairs = 0.0, 0
    for number in layer.unique():
        own = (layer == number) & ~score.isnan()
        having, lacking = score[own & label], score[own & ~label]
        difference = having[:, None] - lacking[None, :]
        right += float((difference > 0).sum() + (difference == 0).sum() / 2)
        pairs += difference.numel()
    return right / pairs if pairs else float("nan")


def dealt(layer: Int[Tensor, " unit"], *, parts: int, seed: int) -> Int[Tensor, " unit"]:
    """The part of each unit: the units of a layer go round in random order, one to each part."""
    random, part = generator(seed, "parts of units"), torch.zeros_like(layer)
    for number in layer.unique().tolist():
        places = (layer == number).nonzero().flatten()
        part[places[torch.randperm(len(places), generator=random)]] = torch.arange(len(places)) % parts
    return part


def shares(label: Label, layer: Int[Tensor, " unit"], *, layers: int) -> Float[Tensor, " layer"]:
    """The share of the units of each layer that have the label; not a number for a layer without units."""
    return torch.stack([label[layer == number].double().mean() for number in range(layers)])


def by_part(label: Label, layer: Int[Tensor, " unit"], part: Int[Tensor, " unit"]) -> Float[Tensor, "part layer"]:
    """:func:`shares` of each part of the units."""
    layers = int(layer.max()) + 1
    return torch.stack([shares(label[part == k], layer[part == k], layers=layers) for k in range(int(part.max()) + 1)])


def permuted(layer: Int[Tensor, " unit"], *, seed: int) -> Int[Tensor, " unit"]:
    """The layers of the units, permuted over the units."""
    return layer[torch.randperm(len(layer), generator=generator(seed, "layers of units"))]


def rank_correlations(
    a: Float[Tensor, " unit"], b: Float[Tensor, " unit"], places: Sequence[Int[Tensor, " _"]]
) -> list[float]:
    """Spearman's correlation of two values within each group of units, those without a value left out; 0 where one is
    constant."""
    finite = a.isfinite() & b.isfinite()
    return [rank_correlation(*(each[own][finite[own]] for each in (a, b))) for own in places]
