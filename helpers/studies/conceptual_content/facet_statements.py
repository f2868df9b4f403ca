"""Numbers for what the study's last page says of facets: shares of units by layer, their rise, and planted points."""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.randomness import generator
from helpers.studies.conceptual_content.along_layers import Layers
from helpers.studies.conceptual_content.clusters import LEVEL, clusters
from helpers.studies.conceptual_content.unit_facets import UnitFacets

APART, STRETCH, _AXES = 8.0, 8.0, 30  # of planted points, in standard deviations

Planted = Literal["two groups", "elongated cloud", "skewed cloud"]


def more_than_one(found: UnitFacets) -> Float[Tensor, " unit"]:
    """1 for a unit with more than one cluster, 0 for the others, NaN for units with too few patches."""
    return (found.number > 1).double().masked_fill(found.number == 0, torch.nan)


def p_among_random(found: UnitFacets, layers: Layers) -> Float[Tensor, " unit"]:
    """Share of the sets of random patches of its layer, the unit included, that exceed Gaussian draws by as much."""
    index = layer_of(found.unit, layers)
    random = found.random_excess[index]  # (unit, draw)
    p = (1 + (random >= found.excess[:, None]).sum(dim=1)).double() / (1 + random.shape[1])
    return p.masked_fill(found.number == 0, torch.nan)


def beyond_both(found: UnitFacets, layers: Layers) -> Float[Tensor, " unit"]:
    """1 for a unit with more clusters than a Gaussian and than nearly all random patches, 0 for others, or NaN."""
    return more_than_one(found) * (p_among_random(found, layers) <= LEVEL)


def layer_of(unit: Int[Tensor, " unit"], layers: Layers) -> Int[Tensor, " unit"]:
    """The number of the layer, from 0, of each unit among those of all layers."""
    ends = torch.tensor([where.stop for where in layers.values()])
    return torch.searchsorted(ends, unit, right=True)


def by_layer(
    values: Float[Tensor, " unit"], unit: Int[Tensor, " unit"], layers: Layers
) -> list[Float[Tensor, " some"]]:
    """The values of the units of each layer, those without a value left out."""
    index = layer_of(unit, layers)
    return [own[~own.isnan()] for own in (values[index == k] for k in range(len(layers)))]


def rises(table: Float[Tensor, "draw layer"]) -> Float[np.ndarray, " usable"]:
    """How much each row rises from the first layer to the last along a straight line, fitted by least squares.

    Layers without a value are left out, and rows with fewer than two of them.
    """
    depth, found = np.linspace(0, 1, table.shape[1]), []
    for row in table.numpy():
        known = ~np.isnan(row)
        if known.sum() > 1:
            found.append(float(np.polyfit(depth[known], row[known], 1)[0]))
    return np.array(found)


def by_draw(values: Float[Tensor, " unit"], unit: Int[Tensor, " unit"], layers: Layers) -> Float[Tensor, "draw layer"]:
    """The first drawn unit of every layer, the second, and so on, as far as every layer has one."""
    index = layer_of(unit, layers)
    rows = [values[index == k] for k in range(len(layers))]
    return torch.stack([row[: min(map(len, rows))] for row in rows], dim=1)


def planted(kind: Planted, *, sets: int, points: int, draws: int, seed: int) -> Int[Tensor, " set"]:
    """The number of clusters found in planted points.

    Two groups lie eight standard deviations apart; an elongated cloud is a Gaussian, eight times as long as wide; a
    skewed cloud has one log-normal axis, and is one cluster, too, but no Gaussian.
    """
    random = generator(seed, f"planted {kind}")
    x = torch.randn(sets, points, _AXES, generator=random, dtype=torch.double)
    if kind == "two groups":
        x[:, : points // 2, 0] += APART
    elif kind == "elongated cloud":
        x[..., 0] *= STRETCH
    else:
        x[..., 0] = STRETCH * x[..., 0].exp()
    return clusters(x, draws=draws, generator=random).number


def where_drawn(unit: Int[Tensor, " unit"], layers: Layers) -> dict[str, slice]:
    """Where the drawn units of each layer lie among all that were drawn, layer by layer."""
    ends = torch.bincount(layer_of(unit, layers), minlength=len(layers)).cumsum(0).tolist()
    return {name: slice(first, end) for name, first, end in zip(layers, [0, *ends], ends, strict=False)}
