"""Signals without noise that share nothing with a training signal but their steepest rise (figure 7.1).

The study shows such signals and gives no formula; these are ours. Each falls or rises elsewhere, but nowhere by as
much from one point to the next as at the rise (study: jump_detection, section 7.2).
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

Designs = dict[str, Float[Tensor, " time"]]


def rises(*, length: int = 100, position: int = 50, height: float = 3.0) -> Designs:
    """Signals whose steepest rise, ``height`` high, leads to the 1-based ``position``; named by what else they do.

    Raises ValueError for a position without twenty points on either side, where the designs have no room.
    """
    if not 20 < position <= length - 20:
        raise ValueError(f"position = {position} leaves no twenty points on either side of a signal of {length}")
    shapes = {name: shape * height / 3 for name, shape in _shapes(length, position).items()}
    step = height * (_time(length) >= position)
    return {name: shape + step for name, shape in shapes.items()}


def without_rise(designs: Designs, *, position: int = 50, height: float = 3.0) -> Designs:
    """The same signals with the step at the position taken out: what else they do, alone."""
    return {name: signal - height * (_time(len(signal)) >= position) for name, signal in designs.items()}


def larger_rise_elsewhere(
    *, length: int = 100, position: int = 50, elsewhere: int = 35, height: float = 3.0
) -> Float[Tensor, " time"]:
    """The rise at ``position``, and one twice as high at ``elsewhere`` that has sunk back before ``position``."""
    if not 1 < elsewhere < position:
        raise ValueError(f"elsewhere = {elsewhere} must lie between the second point and {position}")
    time = _time(length)
    sinking = 2 * height * (position - 1 - time) / (position - 1 - elsewhere)
    peak = torch.where((time >= elsewhere) & (time < position), sinking, torch.zeros(()))
    return peak + height * (time >= position)


def _shapes(length: int, position: int) -> Designs:
    """What is added to a step of height 3 at the position."""
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
