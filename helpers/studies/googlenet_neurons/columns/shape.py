"""What the page on the shape of a layer writes to the table of units."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.pages.unit_table import Column
from helpers.randomness import generator
from helpers.studies.googlenet_neurons.kernel_rings import percentile
from helpers.studies.googlenet_neurons.kernel_sets import KernelSet

_PERMUTATIONS = 200
_FEW = "fewer than two kernels of the unit are in the core"

COLUMNS = {
    "core_share": Column(meaning="share of the unit's kernels in the dense core that the density crop leaves"),
    "core_share_percentile": Column(
        meaning="share of the same units with shuffled kernel values whose share in their own core is lower"
    ),
    "ring_coherence": Column(
        meaning="how far the unit's kernels of the core lie at one place of the longest loop: 1 if they all do, 0 if "
        "they are spread around it",
        missing=_FEW,
    ),
    "ring_coherence_percentile": Column(
        meaning="share of random draws of as many kernels of the core that are less coherent", missing=_FEW
    ),
}


def values(sets: Sequence[KernelSet], seed: int) -> dict[str, Float[Tensor, " unit"]]:
    """The columns, of the units of all sets in their order."""
    columns: dict[str, list[Tensor]] = {name: [] for name in COLUMNS}
    for each in sets:
        units = each.branch.units
        share = _shares(each.cloud.core // each.channels, units) / each.channels
        mixed = _shares(each.cloud.shuffled_core // each.channels, units) / each.channels
        coherence, rank = _coherence(each, seed)
        for name, found in zip(COLUMNS, (share, percentile(share, mixed), coherence, rank), strict=True):
            columns[name].append(found)
    return {name: torch.cat(found) for name, found in columns.items()}


def _shares(unit_of: Int[Tensor, " kernel"], units: int) -> Float[Tensor, " unit"]:
    return torch.bincount(unit_of, minlength=units).float()


def _coherence(each: KernelSet, seed: int) -> tuple[Float[Tensor, " unit"], Float[Tensor, " unit"]]:
    """The length of the mean direction of each unit's kernels along the loop, and its rank among permuted kernels."""
    random = generator(seed, f"coherence of {each.branch.layer}")
    own = _resultants(each.cloud.angle, each.units, each.branch.units)
    lower = torch.zeros_like(own)
    for _ in range(_PERMUTATIONS):
        order = torch.randperm(len(each.cloud.angle), generator=random)
        other = _resultants(each.cloud.angle[order], each.units, each.branch.units)
        lower += (other < own).float() + 0.5 * (other == own).float()
    few = torch.bincount(each.units, minlength=each.branch.units) < 2
    return own.masked_fill(few, torch.nan), (lower / _PERMUTATIONS).masked_fill(few, torch.nan)


def _resultants(angle: Float[Tensor, " kernel"], unit: Int[Tensor, " kernel"], units: int) -> Float[Tensor, " unit"]:
    sums = torch.zeros(units, 2).index_add_(0, unit, torch.stack([angle.cos(), angle.sin()], 1))
    return sums.norm(dim=1) / torch.bincount(unit, minlength=units).clamp(min=1)
