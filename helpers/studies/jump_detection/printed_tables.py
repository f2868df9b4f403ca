"""The arithmetic of a printed table: which numbers can lie behind its rounded ones."""

from __future__ import annotations

import math
from typing import NamedTuple


class LeftOut(NamedTuple):
    """The errors of the signals that are left out, derived from two pairs of errors."""

    mean: float
    root_mean_square: float  # not a number if the pairs contradict each other
    largest_kept: float  # lower bound of the largest error among the kept signals


def left_out(l1: float, l2: float, l1_kept: float, l2_kept: float, *, kept: float = 0.99) -> LeftOut:
    """Mean and root mean square of the errors that are not among the ``kept`` lowest ones.

    l1, l2: mean and root mean square of all errors.
    l1_kept, l2_kept: mean and root mean square of the kept errors.
    kept: the share of errors that are kept.
    """
    share = 1 - kept
    square = (l2**2 - kept * l2_kept**2) / share
    return LeftOut(
        mean=(l1 - kept * l1_kept) / share,
        root_mean_square=math.sqrt(square) if square >= 0 else math.nan,
        # the mean of the kept errors, each weighted by itself, is at most the largest of them
        largest_kept=l2_kept**2 / l1_kept,
    )


def consistent(left: LeftOut, *, tolerance: float) -> bool:
    """Whether such errors can exist: none below the largest kept error, and a mean of at most the root mean square.

    left: the errors that are left out.
    tolerance: for the rounding of the table, in points.
    """
    return left.largest_kept - tolerance <= left.mean <= left.root_mean_square + tolerance


def attainable(value: float, *, count: int, decimals: int) -> bool:
    """Whether some whole number, divided by ``count``, rounds to a value.

    value: the rounded value of the table.
    count: the divisor, for example the number of signals.
    decimals: the number of decimals of the value.
    """
    nearest = round(value * count)
    return any(abs((nearest + k) / count - value) <= 0.5 * 10**-decimals + 1e-12 for k in (-1, 0, 1))
