"""What the study's sentences on colour-blind units come to: one value for each part of the units, layer or reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from helpers.statistics.rank_correlation import rank_correlation
from helpers.studies.googlenet_neurons.colour import agreement, peaks
from helpers.studies.googlenet_neurons.colour.sample import Sample
from helpers.studies.googlenet_neurons.subject import Branch

Label = Bool[Tensor, " unit"]
Layer = Int[Tensor, " unit"]
Value = Float[Tensor, " unit"]
PARTS = 5


def differences_to_partners(index: Value, label: Label, layer: Layer, strength: Value) -> list[float]:
    """For each unit with the label its index minus that of its partner: the unit of its layer without the label whose
    strength is nearest. Units without an index, and layers without a partner, are left out."""
    found = []
    for unit in (label & ~index.isnan()).nonzero().flatten().tolist():
        others = ~label & (layer == layer[unit]) & ~index.isnan()
        if bool(others.any()):
            gap = (strength - strength[unit]).abs().masked_fill(~others, torch.inf)
            found.append(float(index[unit] - index[gap.argmin()]))
    return found


def mean_densities(sample: Sample, label: Label) -> Float[Tensor, "3 level"]:
    """The density of each channel over the levels, averaged over the images of the units with the label."""
    density = torch.cat([peaks.histogram(each[:, 0]) for each in sample.images])
    return density[label].mean(dim=0)


def spread_of_averages(sample: Sample, label: Label) -> float:
    """The spread of the peaks of the averaged densities; not a number without units."""
    if not bool(label.any()):
        return float("nan")
    return float(peaks.spread(mean_densities(sample, label).argmax(dim=1).float()))


def least_coloured_in_first(chroma: Value, layer: Layer, part: Layer) -> list[float]:
    """Of the tenth of each part with the least chroma, the share that lies in the first layer."""
    found = []
    for k in range(int(part.max()) + 1):
        own = part == k
        count = max(1, round(0.1 * int(own.sum())))
        least = chroma[own].argsort(stable=True)[:count]
        found.append(float((layer[own][least] == 0).double().mean()))
    return found


def ranking(label: Label, layer: Layer, part: Layer, names: Sequence[str]) -> dict[str, list[float]]:
    """The share of each of the first three layers in each part, and the mean share of the others."""
    table = agreement.by_part(label, layer, part)  # (part, layer)
    first = {name: table[:, k].tolist() for k, name in enumerate(names[:3])}
    return {"others": table[:, 3:].mean(dim=1).tolist(), **first}


def distribution(label: Label, layer: Layer, part: Layer, printed: Sequence[float]) -> list[float]:
    """The rank correlation over layers of the shares in each part and those that the study prints; 0 if one is
    constant."""
    return [rank_correlation(row, printed) for row in agreement.by_part(label, layer, part)]


def ratio_of_counts(score: Value, part: Layer, *, more: float, fewer: float) -> list[float]:
    """In each part, the units flagged with one threshold over those flagged with the other; not a number without."""
    found = []
    for k in range(int(part.max()) + 1):
        own = score[part == k]
        some = int((own <= fewer).sum())
        found.append(int((own <= more).sum()) / some if some else float("nan"))
    return found


def auc_by_part(score: Value, label: Label, layer: Layer, part: Layer) -> list[float]:
    """:func:`helpers.studies.googlenet_neurons.colour.agreement.auc_within` of each part of the units."""
    every = range(int(part.max()) + 1)
    return [agreement.auc_within(score[part == k], label[part == k], layer[part == k]) for k in every]


def kappa_by_part(a: Label, b: Label, part: Layer) -> list[float]:
    """Cohen's kappa of two labels in each part of the units."""
    return [agreement.kappa(a[part == k], b[part == k]) for k in range(int(part.max()) + 1)]


def by_readings(sample: Sample, threshold: float = peaks.USED) -> dict[str, Label]:
    """What algorithm 3 flags with a threshold, by each reading; without another one, that of the study's text."""
    return {name: peaks.flagged(sample.scores(each), threshold) for name, each in peaks.READINGS.items()}


def comparable(flags: Mapping[str, Label]) -> list[str]:
    """The readings, beside the main one, whose peaks are positions in levels from 0 to 255."""
    chosen = [name for name, each in peaks.READINGS.items() if each.peak == "position" and each.scale > 1]
    return [name for name in flags if name in chosen and name != peaks.MAIN]


def counts_by_layer(label: Label, layer: Layer, layers: int, known: Label | None = None) -> list[tuple[int, int]]:
    """For each layer how many units have the label, of how many; ``known``: which units count at all."""
    known = torch.ones_like(label) if known is None else known
    return [
        (int((label & known & (layer == k)).sum()), int((known & (layer == k)).sum())) for k in range(layers)
    ]  # fmt: skip


def units_by_kind(branches: Sequence[Branch]) -> dict[str, Label]:
    """Which units, of all branches one after the other, have kernels of a size; those behind a pooling apart."""
    kinds = [
        "1×1 behind the pooling" if each.name == "pool_reduce" else f"{each.size[0]}×{each.size[1]}"
        for each in branches
    ]
    of = [kind for kind, each in zip(kinds, branches, strict=True) for _ in range(each.units)]
    return {kind: torch.tensor([own == kind for own in of]) for kind in dict.fromkeys(kinds)}


def thresholds_of(score: Value, layer: Layer, layers: int, thresholds: np.ndarray) -> list[np.ndarray]:
    """For each layer the share of the units flagged at each threshold; not a number for a layer without units."""
    found = []
    for k in range(layers):
        own = score[layer == k].sort().values.numpy()
        if len(own):
            found.append(np.searchsorted(own, thresholds, side="right") / len(own))
        else:
            found.append(np.full(len(thresholds), np.nan))
    return found
