"""The slope of one quantity on another within groups, with its uncertainty over seeds."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Num


def slope_within_groups(
    x: Num[np.ndarray, " case"], y: Num[np.ndarray, " case"], group: Num[np.ndarray, " case"]
) -> float:
    """Least-squares slope of y on x, both relative to the means of their group, per unit of x.

    It is not a number where x does not vary within any group.
    """
    x, y = _centred(x, group), _centred(y, group)
    total = float((x**2).sum())
    return float(x @ y) / total if total > 0 else float("nan")


def slopes_by_seed(
    x: Num[np.ndarray, "seed case"], y: Num[np.ndarray, "seed case"], group: Num[np.ndarray, "seed case"]
) -> Float[np.ndarray, " seed"]:
    """The pseudo-values of the jackknife for :func:`slope_within_groups`, one per seed (Tukey 1958).

    The slope of all seeds is taken n times, and n - 1 times that of all seeds but one taken off. The pseudo-values'
    mean estimates the slope, and their spread its uncertainty, as if they were independent measurements.

    Raises ValueError for fewer than two seeds.
    """
    count = len(x)
    if count < 2:
        raise ValueError(f"{count} seeds: at least two are needed to leave one out")
    whole = slope_within_groups(x.ravel(), y.ravel(), group.ravel())
    without = [
        slope_within_groups(*(np.delete(part, seed, axis=0).ravel() for part in (x, y, group))) for seed in range(count)
    ]
    return count * whole - (count - 1) * np.array(without)


def _centred(values: Num[np.ndarray, " case"], group: Num[np.ndarray, " case"]) -> Float[np.ndarray, " case"]:
    centred = values.astype(float)
    for one in np.unique(group):
        centred[group == one] -= centred[group == one].mean()
    return centred
