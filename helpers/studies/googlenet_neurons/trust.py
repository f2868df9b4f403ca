"""What page 3 says of observers and ways: shares of units, of layers and of parts of the images, from its stages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.studies.googlenet_neurons import choices as conditions
from helpers.studies.googlenet_neurons.features import OBSERVERS, OTHER
from helpers.studies.googlenet_neurons.subject import Subject
from helpers.studies.googlenet_neurons.ways import KINDS, below, layers_below

_FEWEST = 5  # units of which a rank correlation says something


@dataclass(frozen=True)
class Trust:
    """Shares of right choices of all units with optimised images.

    place: the units. block: the number of each unit's block. blocks: names of the blocks that have such units.
    """

    place: Int[Tensor, " unit"]
    block: Int[Tensor, " unit"]
    blocks: list[str]
    right: Float[Tensor, "observer condition unit part"]

    def share(self, condition: str, observer: str = OTHER) -> Float[np.ndarray, " unit"]:
        """Of each unit, over the parts of the images."""
        return self._table(condition, observer).mean(1).numpy()

    def by_block(self, condition: str, observer: str = OTHER) -> dict[str, Float[np.ndarray, " unit"]]:
        """The same, by block."""
        share = self.share(condition, observer)
        return {name: share[(self.block == k).numpy()] for k, name in enumerate(self.blocks)}

    def over_depth(self, condition: str, observer: str = OTHER) -> dict[str, list[float]]:
        """The mean over the units of each block, by its place from 1 on; a value for each part of the images."""
        table = self._table(condition, observer)
        return {str(k + 1): table[self.block == k].nanmean(0).tolist() for k in range(len(self.blocks))}

    def known(self, *names: str, observer: str = OTHER) -> dict[str, list[float]]:
        """The shares under several conditions, of the units that have all of them."""
        table = np.stack([self.share(name, observer) for name in names])
        whole = ~np.isnan(table).any(0)
        return {name: row[whole].tolist() for name, row in zip(names, table, strict=True)}

    def _table(self, condition: str, observer: str) -> Float[Tensor, "unit part"]:
        return self.right[OBSERVERS.index(observer), conditions.CONDITIONS.index(condition)]


def trust(seen: Subject, found: Any) -> Trust:
    """What the stage ``observer_choices`` found, by block; found: its units (``place``) and shares (``right``)."""
    block = blocks_of(seen, found.place)
    there = block.unique().tolist()
    number = torch.tensor([there.index(k) for k in block.tolist()], dtype=torch.long)
    return Trust(found.place, number, [seen.blocks[k].name for k in there], found.right)


def blocks_of(seen: Subject, place: Int[Tensor, " unit"]) -> Int[Tensor, " unit"]:
    """The number of each unit's block."""
    ends = torch.tensor([sum(branch.units for branch in block.branches) for block in seen.blocks]).cumsum(0)
    return torch.searchsorted(ends, place, right=True)


def renamed(values: dict[str, list[float]], *names: str) -> dict[str, list[float]]:
    """The same lists under other names, in order."""
    return dict(zip(names, values.values(), strict=True))


def rank_correlations(
    x: Float[np.ndarray, " unit"], y: Float[np.ndarray, " unit"], block: Sequence[int] | np.ndarray
) -> list[float]:
    """Spearman's correlation within each block that has enough units with both values."""
    from scipy import stats  # imported here because it takes a second

    found = []
    for number in np.unique(block):
        own = (np.asarray(block) == number) & ~np.isnan(x) & ~np.isnan(y)
        if own.sum() >= _FEWEST and np.ptp(x[own]) > 0 and np.ptp(y[own]) > 0:
            found.append(float(stats.spearmanr(x[own], y[own]).statistic))
    return found


def percentile(
    values: Float[np.ndarray, " unit"], control: Float[np.ndarray, " unit"], group: np.ndarray
) -> Float[np.ndarray, " unit"]:
    """The share of the control values in the unit's group that lie below its own, half of those equal to it."""
    found = np.full(len(values), np.nan)
    for number in np.unique(group):
        own = group == number
        null = control[own][~np.isnan(control[own])]
        if len(null):
            there = values[own][:, None]
            share = ((null < there) + 0.5 * (null == there)).mean(1)
            found[own] = np.where(np.isnan(values[own]), np.nan, share)
    return found


@dataclass(frozen=True)
class WaysBelow:
    """Shares of other units that match worse, by kind of images, unit, and layer below."""

    seen: Subject
    block: Int[Tensor, " unit"]
    share: Float[Tensor, "kind unit layer"]

    def last(self, kind: str) -> Float[np.ndarray, " unit"]:
        """In the layer right below each unit; NaN where there is none."""
        found = torch.full((len(self.block),), torch.nan)
        for k, block in enumerate(self.seen.blocks):
            if under := below(self.seen, block.name):
                own = self.block == k
                found[own] = self.share[KINDS.index(kind)][own][:, len(under) - 1]
        return found.numpy()

    def pairs(self, *kinds: str) -> dict[str, list[float]]:
        """In the layer right below, of the units that have one, by kind."""
        table = np.stack([self.last(kind) for kind in kinds])
        whole = ~np.isnan(table).any(0)
        return {kind: row[whole].tolist() for kind, row in zip(kinds, table, strict=True)}

    def matrix(self, kind: str) -> Float[np.ndarray, "block layer"]:
        """The mean over the units of each block, in each layer below; NaN elsewhere."""
        table = self.share[KINDS.index(kind)]
        rows = [table[self.block == k] for k in range(len(self.seen.blocks))]
        empty = torch.full((len(self.layers),), torch.nan)
        return torch.stack([row.nanmean(0) if len(row) else empty for row in rows]).numpy()

    def closer(self, kind: str, *, steps: int = 5) -> dict[str, list[float]]:
        """The means in the ``steps`` layers below, from -steps to -1; a value for each block that has as many."""
        matrix = self.matrix(kind)
        rows = []
        for k, block in enumerate(self.seen.blocks):
            under = len(below(self.seen, block.name))
            if under >= steps and not np.isnan(matrix[k, under - steps : under]).any():
                rows.append(matrix[k, under - steps : under])
        if not rows:
            return {}
        return {str(step - steps): np.stack(rows)[:, step].tolist() for step in range(steps)}

    @property
    def layers(self) -> list[str]:
        return layers_below(self.seen)


def ways(seen: Subject, found: Any) -> WaysBelow:
    """What the stage ``ways_below`` found."""
    return WaysBelow(seen, blocks_of(seen, found.place), found.share)


def branch_rows(seen: Subject, place: Int[Tensor, " unit"]) -> Int[Tensor, " unit"]:
    """The number of each unit's branch among all branches."""
    ends = torch.tensor([branch.units for branch in seen.branches]).cumsum(0)
    return torch.searchsorted(ends, place, right=True)
