"""The shape of a signal around a jump or a peak: heights, noise, plateaus (jump detection study, chapter 5).

Signals have the shape (..., time). Positions count from 1. The position of a jump is its first point on the new level.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor


def largest_rise(x: Float[Tensor, "*batch time"]) -> Int[Tensor, "*batch"]:
    """The position of the largest rise between neighbouring points: the second of the two points."""
    return x.diff(dim=-1).argmax(-1) + 2


class Levels(NamedTuple):
    """Mean values of four ranges around a jump."""

    before: Float[Tensor, "*batch"]  # of points at least ``gap`` points before it
    just_before: Float[Tensor, "*batch"]  # of the ``near`` points before it
    just_after: Float[Tensor, "*batch"]  # of the ``near`` points from it on
    after: Float[Tensor, "*batch"]  # of points at least ``gap`` points after it


def levels(x: Float[Tensor, "*batch time"], position: int, *, near: int, gap: int) -> Levels:
    """Mean values close to a position and far from it.

    x: the signals.
    position: the position of the jump.
    near: the number of close points on each side.
    gap: the smallest distance of the far points.

    Raises ValueError if the signal has no point at that distance on one side.
    """
    at = position - 1
    if near < 1 or near > at or at + near > x.shape[-1] or at - gap < 0 or at + gap >= x.shape[-1]:
        raise ValueError(
            f"Around position {position} of a signal of {x.shape[-1]} points there are not {near} points near it "
            f"and some at a distance of {gap} on both sides."
        )
    parts = (x[..., : at - gap + 1], x[..., at - near : at], x[..., at : at + near], x[..., at + gap :])
    return Levels(*(part.mean(-1) for part in parts))


def step_height(x: Float[Tensor, "*batch time"], position: int) -> Float[Tensor, "*batch"]:
    """Mean of the three points from the position on, minus the mean of the three points before it."""
    return x[..., position - 1 : position + 2].mean(-1) - x[..., position - 4 : position - 1].mean(-1)


def noisiness(x: Float[Tensor, "*batch time"], position: int, *, reach: int = 10) -> Float[Tensor, "*batch"]:
    """Root mean square of first differences more than ``reach`` points from the jump, over the step at the jump."""
    into = torch.arange(2, x.shape[-1] + 1, device=x.device)  # the second position of each difference
    away = x.diff(dim=-1)[..., (into - position).abs() > reach]
    return away.square().mean(-1).sqrt() / step_height(x, position).abs()


def share_near(x: Float[Tensor, "*batch time"], position: int, *, reach: int) -> Float[Tensor, "*batch"]:
    """Share of the sum of squares of x within ``reach`` points of the position."""
    near = (torch.arange(1, x.shape[-1] + 1, device=x.device) - position).abs() <= reach
    return (x.square() * near).sum(-1) / x.square().sum(-1)


def crest(x: Float[Tensor, "*batch time"]) -> Float[Tensor, "*batch"]:
    """Sharpness of the largest peak: its height above the median, over the root mean square distance from the median.

    It is 0 for a constant signal, which has no peak.
    """
    above = x - x.median(-1, keepdim=True).values
    return (above.amax(-1) / above.square().mean(-1).sqrt()).nan_to_num(0.0)


def undershoot(
    x: Float[Tensor, "*batch time"], *, points: int
) -> tuple[Float[Tensor, "*batch"], Float[Tensor, "*batch"]]:
    """How far a signal falls below its base level (median) after its largest peak, and how far from it the signal ends.

    x: the signals.
    points: the number of points after the peak among which the lowest one is taken.

    Both results are in units of the peak's height above the base. The first is positive below the base. The second is
    the absolute distance between the base and the mean of all later points. Both are 0 for a constant signal, and not a
    number if no points are left.
    """
    base = x.median(-1, keepdim=True).values
    height, peak = (x - base).max(-1, keepdim=True)
    after = torch.arange(x.shape[-1], device=x.device) - peak
    near, later = (after > 0) & (after <= points), after > points
    below = (base - x).masked_fill(~near, -torch.inf).amax(-1)
    rest = ((x - base) * later).sum(-1) / later.sum(-1)
    tall = height.squeeze(-1).clamp(min=torch.finfo(x.dtype).tiny)
    return below / tall, rest.abs() / tall


def turns_before_peak(x: Float[Tensor, "batch time"], *, points: int, least: float) -> Int[Tensor, " batch"]:
    """The number of turning points of a signal before its largest peak.

    x: the signals.
    points: the number of points before the peak that are searched.
    least: how far the signal must have moved since the last turning point that counts, as a share of the peak's height
    above the median.
    """
    counts = []
    for signal, base in zip(x, x.median(-1).values, strict=True):
        peak = int(signal.argmax())
        tolerance = least * float(signal[peak] - base)
        counts.append(_turns(signal[max(0, peak - points) : peak + 1].tolist(), tolerance))
    return torch.tensor(counts)


def _turns(values: list[float], tolerance: float) -> int:
    """The number of changes of direction in a sequence; moves smaller than the tolerance are ignored."""
    low = high = values[0]  # the extremes since the last turn
    direction, turns = 0, 0
    for value in values[1:]:
        low, high = min(low, value), max(high, value)
        if direction >= 0 and high - value >= tolerance:
            turns += direction > 0
            direction, low = -1, value
        elif direction <= 0 and value - low >= tolerance:
            turns += direction < 0
            direction, high = 1, value
    return turns
