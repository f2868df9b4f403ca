"""Permutation test: whether one quantity follows another within groups."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Num


class Slope(NamedTuple):
    """A slope, and the p value of its permutation test."""

    slope: float  # of y on x, per unit of x; 0 where x does not vary within any group
    p_value: float  # two-sided; 1 where x does not vary within any group


def slope_within_groups(
    x: Num[np.ndarray, " case"],
    y: Num[np.ndarray, " case"],
    group: Num[np.ndarray, " case"],
    *,
    draws: int = 10_000,
    seed: int = 0,
) -> Slope:
    """Least-squares slope of y on x, both relative to the means of their group, and its permutation test.

    x: the explaining quantity of each case.
    y: the explained quantity of each case.
    group: the group of each case.
    draws: how many times x is shuffled within the groups.
    seed: decides the shuffles.

    The p value is the share of orders, the shuffles and the original one, whose slope is at least as far from 0 as the
    original slope.
    """
    x, y = _centred(x, group), _centred(y, group)
    total = float((x**2).sum())
    if total == 0:
        return Slope(0.0, 1.0)
    random = np.random.default_rng(seed)
    shuffled = np.empty((draws, len(x)))
    for one in np.unique(group):
        members = np.flatnonzero(group == one)
        shuffled[:, members] = random.permuted(np.tile(x[members], (draws, 1)), axis=1)
    slope = float(x @ y) / total
    # a shuffle with the same slope as the original order must count in spite of rounding
    extreme = np.abs(shuffled @ y) >= abs(slope) * total * (1 - 1e-9)
    return Slope(slope, float((extreme.sum() + 1) / (draws + 1)))


def _centred(values: Num[np.ndarray, " case"], group: Num[np.ndarray, " case"]) -> Float[np.ndarray, " case"]:
    centred = values.astype(float)
    for one in np.unique(group):
        centred[group == one] -= centred[group == one].mean()
    return centred
