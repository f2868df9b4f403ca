"""What the study's sentences on similarity are judged by (section 2.4), by the ids of the claims."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float, Int, Shaped
from torch import Tensor, nn

from helpers.randomness import generator
from helpers.statistics.rank_correlation import rank_correlation
from helpers.studies.conceptual_content.along_layers import Layers, by_depth, rank_correlations
from helpers.studies.conceptual_content.chance import permuted_names
from helpers.studies.conceptual_content.facets import multi_faceted_degree
from helpers.studies.conceptual_content.unit_similarity import correlations, distances, mean_of_unit, pairs

Means = Float[Tensor, "part layer"]


def with_permuted_names(counts: Int[Tensor, "part unit class"], *, seed: int) -> Int[Tensor, "part unit class"]:
    """The counts with the classes permuted in each row by itself, in every part."""
    random = generator(seed, "names in rows")
    return torch.stack([permuted_names(part, generator=random) for part in counts])


def mean_similarity(counts: Int[Tensor, "part unit class"], layers: Layers) -> Means:
    """The mean correlation of pairs of rows of each layer; pairs with a row without differences are left out."""
    means = [pairs(correlations(counts[:, where])).nanmean(dim=-1) for where in layers.values()]
    return torch.stack(means, dim=1)


def mean_distance(counts: Int[Tensor, "part unit class"], layers: Layers, *, unit_length: bool = False) -> Means:
    """The mean Euclidean distance of pairs of rows of each layer."""
    found = [pairs(distances(counts[:, where], unit_length=unit_length)).nanmean(dim=-1) for where in layers.values()]
    return torch.stack(found, dim=1)


def of_similarity(means: Means) -> dict[str, object]:
    """The claims on the mean correlation, over parts."""
    low = max(1, round(4 / 13 * means.shape[1]))
    return {
        "abstract.similarity": means.amax(dim=1) - means.amin(dim=1),
        "fig-5.similarity": by_depth(means),
        "beyond.shared-classes": means[:, :low].mean(dim=1),
    }


def rise(means: Means) -> Float[Tensor, " part"]:
    """The mean over the last layers minus that over the first: blocks 5 and 1 of VGG16."""
    first, last = max(1, round(2 / 13 * means.shape[1])), max(1, round(3 / 13 * means.shape[1]))
    return means[:, -last:].mean(dim=1) - means[:, :first].mean(dim=1)


def similar_and_multi_faceted(counts: Int[Tensor, "unit class"], layers: Layers) -> Float[np.ndarray, " layer"]:
    """In each layer, the rank correlation over units of the mean correlation of their row and their degree."""
    mean = torch.cat([mean_of_unit(correlations(counts[where])) for where in layers.values()])
    return rank_correlations(mean, multi_faceted_degree(counts), layers)


def kernels(network: nn.Module, layer: str) -> Float[Tensor, "unit weight"] | None:
    """The weights of the convolution in front of a non-linear layer of VGG16, a row for each unit; None for others."""
    convolution = getattr(network, layer.replace("relu", "conv"), None)
    return convolution.weight.detach().cpu().flatten(1) if isinstance(convolution, nn.Conv2d) else None


def pair_correlation(a: Shaped[Tensor, "unit a"], b: Shaped[Tensor, "unit b"]) -> float:
    """Spearman's correlation, over pairs of units, of the correlations of their rows in two tables (Mantel's).

    NaN where fewer than two pairs can be compared, or all are equally alike in one table.
    """
    return rank_correlation(pairs(correlations(a)), pairs(correlations(b)), undefined=float("nan"))
