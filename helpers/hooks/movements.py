"""Operations that move entries: the same is done to what they see. See :mod:`helpers.hooks.operations`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from helpers.hooks.bounds import NUMBERS, Bounds, compact, nothing, status
from helpers.hooks.looking import look, window_taps
from helpers.hooks.rules import Call, NotKnown, rule


@rule(
    "stack", "roll", "flip", "rot90", "repeat", "repeat_interleave", "index", "index_select", "gather", "take_along_dim"
)
@rule("tril", "triu", "slice_scatter", "select_scatter", "index_put", "scatter", "index_copy", "masked_scatter")
@rule("channel_shuffle", "native_channel_shuffle")
@rule(*(f"{kind}{n}d" for kind in ("reflection_pad", "replication_pad") for n in (1, 2, 3)))
def movement(call: Call) -> Bounds:
    tracked = call.tracked()
    numbers = [_moved(call, number) for number in range(NUMBERS + 1)]
    unknown, exact = status(tracked)
    return Bounds(torch.stack(numbers[:NUMBERS]), numbers[NUMBERS], tracked[0].jump, unknown, exact)


def _moved(call: Call, number: int) -> Tensor:
    """The operation on one of the numbers that are kept for every entry."""

    def replaced(leaf: Any) -> Any:
        if not isinstance(leaf, Tensor):
            return leaf
        bounds = call.seen.get(leaf)
        indexes = not (leaf.is_floating_point() or leaf.is_complex())
        if bounds is not None and not indexes:
            return (bounds.unit if number == NUMBERS else bounds.planes[number]).contiguous().clone()
        if bounds is not None:  # where to look depends on the image
            raise NotKnown
        return leaf.cpu() if indexes else torch.full(leaf.shape, math.inf, device="cpu")

    arguments = pytree.tree_map(replaced, (call.args, call.kwargs))
    return call.func(*arguments[0], **arguments[1])


@rule("cat", "concat")
def concatenation(call: Call) -> Bounds:
    tensors: Sequence[Tensor] = [tensor for tensor in call["tensors"] if tensor.shape != (0,)]
    axis, tracked = call["dim"] % len(call.shape), call.tracked()
    parts = [call.seen.get(tensor) for tensor in tensors]
    planes = [compact(p.planes) if p else compact(nothing(t.shape)) for t, p in zip(tensors, parts, strict=True)]
    first = planes[0]
    alike = first.shape[axis + 1] == 1 and all(
        p is first or (p.shape == first.shape and p.equal(first)) for p in planes
    )
    if alike:
        whole = first
    else:
        lengths = [
            [NUMBERS, *(n if a == axis else max(p.shape[a + 1] for p in planes) for a, n in enumerate(tensor.shape))]
            for tensor in tensors
        ]
        whole = torch.cat([p.expand(shape) for p, shape in zip(planes, lengths, strict=True)], axis + 1)
    units = [p.unit if p else nothing(t.shape)[0] for t, p in zip(tensors, parts, strict=True)]
    return Bounds(whole.expand(NUMBERS, *call.shape), torch.cat(units, axis), tracked[0].jump, *status(tracked))


@rule(*(f"{kind}{n}d" for kind in ("upsample_nearest", "_upsample_nearest_exact") for n in (1, 2, 3)))
@rule("pixel_shuffle", "pixel_unshuffle")
def rescaling(call: Call) -> Bounds:
    found = movement(call)
    before, after = ((1, *tensor.shape)[-2:] for tensor in (call.source, call.output))
    rows, columns = (jump * Fraction(b, a) for jump, b, a in zip(found.jump, before, after, strict=True))
    return found._replace(jump=(rows, columns))


@rule("constant_pad_nd")
def padding(call: Call) -> Bounds:
    bounds, axes = call.looking, call.source.dim()
    planes, unit = bounds.planes, bounds.unit
    for number, (before, after) in enumerate(zip(call["pad"][::2], call["pad"][1::2], strict=True)):
        axis = axes - 1 - number
        taps = window_taps(unit.shape[axis] + before + after, 1, 1, before, 1)
        # more channels or images are no places of the image
        in_image = axis >= axes - 2
        planes = look(planes, axis + 1, taps, bounds.jump) if in_image else _more(planes, axis + 1, taps)
        unit = _more(unit, axis, taps)
    return bounds._replace(planes=planes.expand(NUMBERS, *call.shape), unit=unit.expand(call.shape))


def _more(values: Tensor, axis: int, taps: Tensor) -> Tensor:
    """Values with others around that see nothing."""
    index = taps[:, 0]
    outside = ((index < 0) | (index >= values.shape[axis])).view([-1 if a == axis else 1 for a in range(values.dim())])
    return torch.where(outside, math.inf, values.index_select(axis, index.clamp(0, values.shape[axis] - 1)))


@rule("im2col")
def patches(call: Call) -> Bounds:
    bounds, (rows, columns) = call.looking, call["padding"]
    pad = (columns, columns, rows, rows)
    given = (call["kernel_size"], call["dilation"], (0, 0), call["stride"])
    numbers = [
        call.func(torch.nn.functional.pad(number.contiguous(), pad, value=math.inf), *given)
        for number in [*bounds.planes, bounds.unit]
    ]
    return bounds._replace(planes=torch.stack(numbers[:NUMBERS]), unit=numbers[NUMBERS])
