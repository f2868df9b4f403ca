"""Which of the study's conclusions survive which control: rank correlations with depth, and a word for each."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.randomness import generator
from helpers.statistics.rank_correlation import rank_correlation
from helpers.studies.conceptual_content.along_layers import Layers, layer_means
from helpers.studies.conceptual_content.class_counts import merged
from helpers.studies.conceptual_content.facets import effective_classes, flatness, gini
from helpers.studies.conceptual_content.similarity_statements import mean_distance, mean_similarity
from helpers.studies.conceptual_content.top_lists import TopLists

Counts = Int[Tensor, "part unit class"]
Curve = Float[Tensor, "part layer"]
CLEAR = 0.5  # a rank correlation with depth from which on a trend is called one


def mean_classes(counts: Counts, layers: Layers) -> Curve:
    """The mean effective number of classes of each layer."""
    return layer_means(effective_classes(counts), layers)


def of_permuted_labels(
    lists: TopLists, *, permutations: int, seed: int, groups: Int[Tensor, " class"] | None = None
) -> Curve:
    """The mean effective number of classes with the labels permuted: a row for each permutation and part.

    groups: the superclass of each class, which is counted in its place.
    """
    random, curves = generator(seed, f"labels of {len(lists.labels)} images"), []
    for _ in range(permutations):
        counts = lists.permuted(random).counts()
        curves.append(mean_classes(counts if groups is None else merged(counts, groups), lists.layers))
    return torch.cat(curves)


def mean_flatness(counts: Counts, layers: Layers, *, n_is_units: bool = False) -> Curve:
    """The mean flatness of the units of each layer that respond to any image; the study's -1 for the others would be
    a trend of its own.

    n_is_units: whether the entropy is normalised by the number of units of the layer, as printed; else of classes.
    """
    means = []
    for where in layers.values():
        own = counts[:, where]
        flat = flatness(own, n=where.stop - where.start if n_is_units else None)
        means.append(flat.masked_fill(own.sum(dim=-1) == 0, torch.nan).nanmean(dim=1))
    return torch.stack(means, dim=1)


CONCLUSIONS: dict[str, tuple[Callable[[Counts, Layers], Curve], int]] = {  # -> the curve, and the sign of its trend
    "fewer classes": (mean_classes, -1),
    "sparsity rises": (lambda counts, layers: layer_means(gini(counts), layers), 1),
    "flatness falls": (mean_flatness, -1),
    "similarity falls": (mean_similarity, -1),
    "distance rises": (mean_distance, 1),
}


def with_depth(curve: Curve) -> Float[np.ndarray, " part"]:
    """Spearman's correlation of a curve with the depth of the layers, in each part; 0 for a constant curve."""
    depth = np.arange(curve.shape[1])
    return np.array([rank_correlation(depth, row) for row in curve])


def between(a: Curve, b: Curve) -> Float[np.ndarray, " part"]:
    """Spearman's correlation of two curves over the layers, in each part; NaN if one is constant."""
    return np.array([rank_correlation(x, y, undefined=np.nan) for x, y in zip(a, b, strict=True)])


def in_words(counts: Counts, layers: Layers) -> dict[str, str]:
    """For each conclusion whether it holds in these counts: as said, reversed, or no trend; with the correlation."""
    found = {}
    for conclusion, (curve, sign) in CONCLUSIONS.items():
        correlation = float(with_depth(curve(counts, layers)).mean())
        word = "as said" if sign * correlation >= CLEAR else "reversed" if sign * correlation <= -CLEAR else "no trend"
        found[conclusion] = f"{word} ({correlation:+.2f})"
    return found


def fall(curve: Curve) -> Float[Tensor, " part"]:
    """The mean over the first layers minus that over the last: blocks 1 and 5 of VGG16."""
    layers = curve.shape[1]
    first, last = max(1, round(2 / 13 * layers)), max(1, round(3 / 13 * layers))
    return curve[:, :first].mean(dim=1) - curve[:, -last:].mean(dim=1)
