"""Spearman's rank correlation where values may be missing or constant."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def rank_correlation(a: ArrayLike, b: ArrayLike, *, undefined: float = 0.0) -> float:
    """Spearman's rank correlation of two lists of numbers, equally long; pairs with a NaN are left out.

    undefined: what is given where fewer than two pairs are left, or one of the two is constant.
    """
    from scipy import stats  # imported here because it takes a second, and few pages need it

    pairs = np.array([a, b], dtype=float)
    pairs = pairs[:, ~np.isnan(pairs).any(axis=0)]
    varies = pairs.shape[1] > 1 and (pairs != pairs[:, :1]).any(axis=1).all()
    return float(stats.spearmanr(*pairs).statistic) if varies else undefined
