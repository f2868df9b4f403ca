"""Signals without noise that share with the training signals only their steepest rise (figure 7.1).

The study shows such signals without a formula; the formulas here are ours. Each signal also rises or falls elsewhere,
but nowhere by as much from one point to the next as at the steepest rise (study: jump_detection, section 7.2).
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

Designs = dict[str, Float[Tensor, " time"]]


def rises(*, length: int = 100, position: int = 50, height: float = 3.0) -> Designs:
    """Signals whose steepest rise leads to one position, by a name for what they do elsewhere.

    length: the number of points.
    position: the first point after the rise, counted from 1.
    height: the height of the rise.

    Raises ValueError for a position with fewer than twenty points on one side, where the signals do not fit.
    """
    if not 20 < position <= length - 20:
        raise ValueError(f"position = {position} leaves no twenty points on either side of a signal of {length}")
    shapes = {name: shape * height / 3 for name, shape in _shapes(length, position).items()}
    step = height * (_time(length) >= position)
    return {name: shape + step for name, shape in shapes.items()}


def without_rise(designs: Designs, *, position: int = 50, height: float = 3.0) -> Designs:
    """The signals of :func:`rises` without the step at the position, so that only the rest of their shape remains.

    designs: the signals.
    position, height: as for :func:`rises`.
    """
    return {name: signal - height * (_time(len(signal)) >= position) for name, signal in designs.items()}


def larger_rise_elsewhere(
    *, length: int = 100, position: int = 50, elsewhere: int = 35, height: float = 3.0
) -> Float[Tensor, " time"]:
    """A signal with the usual rise and, before it, a rise that is twice as high, from which it sinks back to 0.

    length: the number of points.
    position: the first point after the usual rise, counted from 1.
    elsewhere: the first point after the higher rise.
    height: the height of the usual rise.

    Raises ValueError unless 1 < elsewhere < position.
    """
    if not 1 < elsewhere < position:
        raise ValueError(f"elsewhere = {elsewhere} must lie between the second point and {position}")
    time = _time(length)
    sinking = 2 * height * (position - 1 - time) / (position - 1 - elsewhere)
    peak = torch.where((time >= elsewhere) & (time < position), sinking, torch.zeros(()))
    return peak + height * (time >= position)


def _shapes(length: int, position: int) -> Designs:
    """Shapes that are added to a step of height 3 at the position."""
    time = _time(length)
    after = time >= position
    since = (time - position) / (length - position)  # 0 at the rise, 1 at the end
    before = (position - 1 - time) / (position - 2)  # 1 at the start, 0 just before the rise
    return {
        "drops gradually": -3 * since * after,
        "saw tooth": torch.where(after, -3 * since, 3 * before),
        "short pulse": -3.0 * (time >= position + 5),
        "long pulse": -3.0 * (time >= position + 15),
        "falls first": 3.0 * (time < position - 15),
        "smaller step before": 1.5 * (time >= position - 20),
        "smaller step after": 1.5 * (time >= position + 20),
        "rises throughout": 0.03 * (time - 1),
        "slow wave": torch.sin(2 * math.pi * (time - position) / 60),
    }


def _time(length: int) -> Float[Tensor, " time"]:
    return torch.arange(1.0, length + 1)
