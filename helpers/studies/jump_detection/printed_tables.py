"""What rounded numbers in a table can and cannot be: a study's own arithmetic, checked."""

from __future__ import annotations

import math
from typing import NamedTuple


class LeftOut(NamedTuple):
    """What two pairs of errors say about the signals that the second pair leaves out."""

    mean: float
    root_mean_square: float  # not a number where the pairs contradict each other
    largest_kept: float  # the least that the largest error among the kept signals can be


def left_out(l1: float, l2: float, l1_kept: float, l2_kept: float, *, kept: float = 0.99) -> LeftOut:
    """Mean and root mean square of the errors that are not among the ``kept`` lowest ones.

    l1, l2: mean and root mean square of all errors; l1_kept, l2_kept: of the kept ones.
    """
    share = 1 - kept
    square = (l2**2 - kept * l2_kept**2) / share
    return LeftOut(
        mean=(l1 - kept * l1_kept) / share,
        root_mean_square=math.sqrt(square) if square >= 0 else math.nan,
        # the kept errors' mean, each weighted by itself, cannot exceed the largest of them
        largest_kept=l2_kept**2 / l1_kept,
    )


def consistent(left: LeftOut, *, tolerance: float) -> bool:
    """Whether such errors can exist: none below the largest kept one, mean at most root mean square.

    tolerance: in points, for the rounding of the table.
    """
    return left.largest_kept - tolerance <= left.mean <= left.root_mean_square + tolerance


def attainable(value: float, *, count: int, decimals: int) -> bool:
    """Whether a whole number divided by ``count`` rounds to this value."""
    nearest = round(value * count)
    return any(abs((nearest + k) / count - value) <= 0.5 * 10**-decimals + 1e-12 for k in (-1, 0, 1))
