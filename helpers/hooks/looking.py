"""How bounds pass through an operation that looks at several places: along an axis, or at all of it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from helpers.hooks.bounds import NUMBERS, Jump, compact

Taps = Int[Tensor, "entry tap"]


def look(planes: Tensor, axis: int, taps: Taps, jump: Jump, absent: Bool[Tensor, "entry tap"] | None = None) -> Tensor:
    """Planes of an output whose entry p looks at the input's positions ``taps[p]`` along an axis of the planes.

    Positions outside are padding, which sees nothing; without borders, it sees what would lie there. ``jump`` is used
    where there is one position alone. absent: taps that are none.
    """
    lengths = [-1 if a == axis else length for a, length in enumerate(planes.shape)]
    planes = _expanded(planes, axis)
    length, found = planes.shape[axis], None
    for number in range(taps.shape[1]):
        index = taps[:, number]
        values = planes.index_select(axis, index.clamp(0, length - 1))
        outside = (index < 0) | (index >= length)
        if outside.any():
            values = torch.cat(
                [_where(outside, math.inf, values[:4], axis), _beyond(planes, values, index, axis, jump)]
            )
        if absent is not None:
            values = _where(absent[:, number], math.inf, values, axis)
        found = values if found is None else torch.minimum(found, values)
    assert found is not None
    return found.expand(lengths)


def _expanded(planes: Tensor, axis: int) -> Tensor:
    """Planes without repetition along all axes but this one."""
    length = planes.shape[axis]
    planes = compact(planes)
    return (
        planes
        if planes.shape[axis] == length
        else planes.expand(*(length if a == axis else -1 for a in range(planes.dim())))
    )


def _where(which: Tensor, value: float, otherwise: Tensor, axis: int) -> Tensor:
    which = which.view([-1 if a == axis else 1 for a in range(otherwise.dim())])
    return torch.where(which, value, otherwise)


def _beyond(planes: Tensor, values: Tensor, index: Tensor, axis: int, jump: Jump) -> Tensor:
    """The numbers without borders, at positions that may lie outside: as far from the last as these from each other."""
    free, length = planes[4:], planes.shape[axis]
    distance = torch.where(index < 0, index, (index - length + 1).clamp(min=0))
    distance = distance.view([-1 if a == axis else 1 for a in range(free.dim())])
    if length > 1:
        low = free.narrow(axis, 1, 1) - free.narrow(axis, 0, 1)
        high = free.narrow(axis, length - 1, 1) - free.narrow(axis, length - 2, 1)
        step = torch.where(distance < 0, low, high)
    else:
        rows = axis == planes.dim() - 2
        numbers = [float(jump[0]), -float(jump[0]), 0, 0] if rows else [0, 0, float(jump[1]), -float(jump[1])]
        step = torch.tensor(numbers, device="cpu").view(4, *[1] * (free.dim() - 1))
    moved = values[4:] + distance * step
    return torch.where(moved.isfinite(), moved, math.inf)


def window_taps(length: int, kernel: int, stride: int, padding: int, dilation: int) -> Taps:
    """Taps of an output of this length: a window of fixed size, moved by the stride."""
    return _count(length)[:, None] * stride - padding + _count(kernel) * dilation


def grid_taps(length: int, of: int) -> Taps:
    """Taps of pooling to a grid: entry p of n looks at positions from ⌊p m / n⌋ to ⌈(p + 1) m / n⌉."""
    entry = _count(length)
    low, high = entry * of // length, -(-(entry + 1) * of // length)
    return torch.minimum(low[:, None] + _count(int((high - low).max())), high[:, None] - 1)


def transposed_taps(length: int, kernel: int, stride: int, padding: int, dilation: int) -> tuple[Taps, Tensor]:
    """Taps of a transposed convolution, and which of them are none."""
    reach = _count(length)[:, None] + padding - _count(kernel) * dilation
    return reach.div(stride, rounding_mode="floor"), reach % stride != 0


def taps_of_weights(weights: Tensor) -> Taps:
    """Taps where a matrix (entry, position) has weights that are not 0; every row has one at least."""
    rows = [row.nonzero().flatten() for row in weights]
    most = max(len(row) for row in rows)
    return torch.stack([torch.cat([row, row[-1:].expand(most - len(row))]) for row in rows])


def over(values: Tensor, axes: Sequence[int]) -> Tensor:
    """The minimum over axes, which stay with length 1; the others are as long as before."""
    lengths = [1 if axis in axes else length for axis, length in enumerate(values.shape)]
    return compact(values).amin(list(axes), keepdim=True).expand(lengths) if axes else values


def planes_over(planes: Tensor, axes: Sequence[int]) -> Tensor:
    """:func:`over` for planes, with the axes of the tensor that they belong to."""
    assert planes.shape[0] == NUMBERS
    return over(planes, [axis + 1 for axis in axes])


def _count(length: int) -> Tensor:
    return torch.arange(length, device="cpu")
