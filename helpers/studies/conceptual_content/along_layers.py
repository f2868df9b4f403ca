"""Values of units, brought together by layer: means by depth, and comparisons within layers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from jaxtyping import Float, Shaped
from torch import Tensor

from helpers.statistics.rank_correlation import rank_correlation

Layers = Mapping[str, slice]  # where the units of each layer lie among all


def layer_means(values: Shaped[Tensor, "part unit"], layers: Layers) -> Float[Tensor, "part layer"]:
    """The mean over the units of each layer in every part; units without a value are left out."""
    return torch.stack([values[:, where].double().nanmean(dim=1) for where in layers.values()], dim=1)


def by_depth(means: Float[Tensor, "part layer"]) -> dict[str, list[float]]:
    """One list for each depth, with a value for each part; layers are counted from 1."""
    return {str(depth): column.tolist() for depth, column in enumerate(means.T, 1)}


def low_and_high(layers: Layers) -> tuple[slice, slice]:
    """The units of the low and of the high layers: blocks 1 and 2, and 4 and 5, of VGG16; as many of other networks."""
    where = list(layers.values())
    low, high = max(1, round(4 / 13 * len(where))), round(7 / 13 * len(where))
    return slice(0, where[low - 1].stop), slice(where[high].start, where[-1].stop)


def rank_correlations(
    a: Float[Tensor, " unit"], b: Float[Tensor, " unit"], layers: Layers
) -> Float[np.ndarray, " layer"]:
    """Spearman's correlation over the units of each layer, those without a value left out; 0 where one is constant."""
    return np.array([rank_correlation(a[where], b[where]) for where in layers.values()])


def expected_lowest(values: Float[Tensor, "*rest unit"], *, units: int) -> Float[Tensor, "*rest"]:
    """The lowest of so many units, expected over all choices of them: layers of any width can be compared.

    The k-th smallest of n is the lowest where the others of the choice are among the n - k larger ones.
    """
    ascending = values.double().sort(dim=-1).values
    n = ascending.shape[-1]
    units = min(units, n)
    larger = torch.arange(n - 1, -1, -1, dtype=torch.double)
    weights = (_log_choose(larger, units - 1) - _log_choose(torch.tensor(float(n)), units)).exp()
    return (ascending * weights.masked_fill(larger < units - 1, 0)).sum(dim=-1)


def cramers_v(above: Shaped[Tensor, "part unit"], layers: Layers) -> list[float]:
    """How strongly a yes or no depends on the layer, 0 to 1, in each part."""
    from scipy.stats.contingency import association

    found = []
    for row in above.bool():
        table = [[int(row[where].sum()), int((~row[where]).sum())] for where in layers.values()]
        possible = all(sum(column) > 0 for column in zip(*table, strict=True))
        found.append(float(association(np.array(table), method="cramer")) if possible else 0.0)
    return found


def _log_choose(n: Tensor, k: int) -> Tensor:
    n = n.double().clamp(min=k)  # what cannot be chosen is masked by the caller
    return torch.lgamma(n + 1) - torch.lgamma(torch.tensor(k + 1.0).double()) - torch.lgamma(n - k + 1)
