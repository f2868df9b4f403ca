"""Numbers for what the study's last page says of swapped patches: means over the units of each layer."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from helpers.studies.conceptual_content.along_layers import Layers
from helpers.studies.conceptual_content.facet_statements import layer_of
from helpers.studies.conceptual_content.swaps import CONDITIONS, OTHER, RANDOM, SAME
from helpers.studies.conceptual_content.unit_swaps import UnitSwaps

Table = Float[np.ndarray, " layer"]


def kept(found: UnitSwaps, condition: str) -> Float[Tensor, " unit"]:
    """The share of the response that each unit keeps in a condition; NaN where it has none."""
    return found.kept[:, CONDITIONS.index(condition)].double()


def rim(found: UnitSwaps, where: str, *, middle: str = "own") -> Float[Tensor, " unit"]:
    """The share of the response that the middle half of a patch keeps in a rim, or a random middle gives there."""
    return kept(found, f"{middle} middle, rim of {where}")


def layer_means(
    values: Float[Tensor, " unit"], found: UnitSwaps, layers: Layers, *, chosen: Bool[Tensor, " unit"] | None = None
) -> Table:
    """The mean over the units of each layer, or over those chosen; NaN for a layer without any."""
    index = layer_of(found.unit, layers)
    inside = ~values.isnan() if chosen is None else chosen & ~values.isnan()
    means = [values[inside & (index == k)] for k in range(len(layers))]
    return np.array([float(each.mean()) if len(each) else np.nan for each in means])


def rims(found: UnitSwaps, layers: Layers) -> dict[str, Float[np.ndarray, " known"]]:
    """What the middle half of a patch keeps in each rim, by where it comes from, in the layers that have all three."""
    return complete({where: layer_means(rim(found, where), found, layers) for where in (RANDOM, OTHER, SAME)})


def gain_by_class(found: UnitSwaps, layers: Layers) -> dict[str, Float[np.ndarray, " known"]]:
    """What a rim of the same class keeps more than one of another class, by the end of the degree."""
    gain = rim(found, SAME) - rim(found, OTHER)
    ends = {"multi-faceted": ~found.single, "single-faceted": found.single}
    return complete({name: layer_means(gain, found, layers, chosen=chosen) for name, chosen in ends.items()})


def complete(tables: dict[str, Table]) -> dict[str, Float[np.ndarray, " known"]]:
    """The layers in which every table has a value."""
    known = ~np.isnan(np.stack(list(tables.values()))).any(axis=0)
    return {name: table[known] for name, table in tables.items()}


def largest_error(found: UnitSwaps, layers: Layers) -> Float[np.ndarray, " known"]:
    """The largest deviation from 1 of the response to a whole patch, in the layers that were looked at."""
    index = layer_of(found.unit, layers)
    return np.array([float(found.error[index == k].max()) for k in torch.unique(index).tolist()])


def by_end_and_rim(found: UnitSwaps, layers: Layers) -> dict[str, dict[str, Float[np.ndarray, " known"]]]:
    """What own and random middles keep in each rim, for units of either end of the degree that have them all."""
    panels = {}
    for end, chosen in {"single-faceted": found.single, "multi-faceted": ~found.single}.items():
        rows = {
            f"{middle} middle, {where}": layer_means(rim(found, where, middle=middle), found, layers, chosen=chosen)
            for middle in ("own", "random")
            for where in (RANDOM, OTHER, SAME)
        }
        panels[end] = complete(rows)
    return {end: rows for end, rows in panels.items() if len(rows[f"own middle, {SAME}"])}
