"""What the operations of torch do to what entries see, one small rule for each kind.

Operations are those that a network ends in while it runs (``torch.ops.aten``), so that a layer, a function and a
method of tensors that do the same need one rule. Views need none (:mod:`helpers.hooks.bounds`).

| kind | an entry of the output looks at |
| --- | --- |
| pointwise | the same entry of all inputs |
| window, transposed, grid, interpolation | some positions along each axis; convolutions at all channels of its group |
| reduction, normalisation | all entries along some axes |
| products, attention (:mod:`helpers.hooks.products`) | rows of one matrix, columns of the other; all tokens |
| movement, padding (:mod:`helpers.hooks.movements`) | one entry of the input that lies elsewhere, or nothing |
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter

from helpers.hooks.bounds import NUMBERS, Bounds, Jump, joined, nothing
from helpers.hooks.looking import grid_taps, look, over, planes_over, taps_of_weights, transposed_taps, window_taps
from helpers.hooks.rules import Call, rule


@rule("hardswish", "_to_copy", "_prelu_kernel", "log_sigmoid_forward", "rrelu_with_noise", "native_dropout")
@rule("contiguous", "lift_fresh")
def pointwise(call: Call) -> Bounds:
    found = joined(call.tracked(), call.shape)
    return found._replace(exact=found.exact and not _blocks(call))


@rule("where")
def choice(call: Call) -> Bounds:
    """Where a constant decides, an entry sees the tensor that is chosen there."""
    found, condition = pointwise(call), call["condition"]
    if call.seen.get(condition) is not None or condition.is_meta:
        return found
    planes = torch.where(condition.cpu(), _planes(call, call["self"]), _planes(call, call["other"]))
    return found._replace(planes=planes.expand(NUMBERS, *call.shape))


@rule("masked_fill")
def masked(call: Call) -> Bounds:
    found, mask = pointwise(call), call["mask"]
    if call.seen.get(mask) is not None or mask.is_meta or isinstance(call["value"], Tensor):
        return found
    return found._replace(planes=torch.where(mask.cpu(), math.inf, _planes(call, call.source)))


@rule("mul")
def multiplication(call: Call) -> Bounds:
    """A mask, a constant of zeros and ones, lets nothing be seen where it is 0. Weights may be 0 by chance."""
    found, factor = pointwise(call), call.first("other")
    given = not isinstance(factor, Tensor) or isinstance(factor, Parameter) or factor.is_meta
    if given or call.seen.get(factor) is not None or not bool((factor == 0).any()):
        return found
    return found._replace(planes=torch.where(factor.cpu() == 0, math.inf, found.planes))


def _planes(call: Call, value: Any) -> Tensor:
    bounds = call.seen.get(value) if isinstance(value, Tensor) else None
    shape = call.shape if bounds is None else bounds.unit.shape
    planes = nothing(shape) if bounds is None else bounds.planes
    return planes.reshape(NUMBERS, *[1] * (len(call.shape) - len(shape)), *shape)


def _blocks(call: Call) -> bool:
    """Whether the call adds very low numbers, which a softmax makes 0: as attention is masked."""
    if call.name == "masked_fill":
        return isinstance(call["value"], float | int) and call["value"] < -50
    other = call.first("other")
    if not isinstance(other, Tensor) or call.seen.get(other) is not None or other.is_meta or not other.numel():
        return False
    return other.is_floating_point() and float(other.min()) < -50


@rule("copy")
def copied(call: Call) -> Bounds:
    source = call.seen.get(call["src"])
    return joined([source], call.shape) if source else constant(call)


@rule("fill", "zero", "normal", "uniform", "isnan", "isinf")
def constant(call: Call) -> Bounds:
    """Nothing of the image is seen; whether values are finite is taken for granted."""
    empty = nothing(call.shape)
    return Bounds(empty, empty[0], (Fraction(1), Fraction(1)))


@rule("glu")
def gated(call: Call) -> Bounds:
    axis = call["dim"] % call.source.dim()
    bounds, half = call.looking, call.shape[axis]
    parts = [
        bounds._replace(planes=bounds.planes.narrow(axis + 1, at, half), unit=bounds.unit.narrow(axis, at, half))
        for at in (0, half)
    ]
    return joined(parts, call.shape)


# ---- windows


def _slid(bounds: Bounds, taps: Iterable[tuple[int, Any]]) -> Tensor:
    """Planes after looking along some axes; the others are as they were."""
    planes = bounds.planes
    for axis, one in taps:
        tap, absent = one if isinstance(one, tuple) else (one, None)
        planes = look(planes, axis + 1, tap, bounds.jump, absent)
    return planes


def _numbers(values: Any, axes: int, otherwise: Any = 1) -> list[int]:
    values = otherwise if values is None or values == [] else values
    values = [values] if isinstance(values, int) else list(values)
    return values * axes if len(values) == 1 else values


def _times(jump: Jump, factors: list[Any]) -> Jump:
    rows, columns = ([1] * 2 + list(factors))[-2:]
    return jump[0] * Fraction(rows), jump[1] * Fraction(columns)


@rule("convolution", "_convolution", "mkldnn_convolution", "cudnn_convolution")
def convolution(call: Call) -> Bounds:
    bounds, weight, groups = call.looking, call["weight"], call["groups"]
    axes = weight.dim() - 2
    stride, padding, dilation = (_numbers(call[name], axes) for name in ("stride", "padding", "dilation"))
    transposed = call.first("transposed")
    taps: list[tuple[int, Any]] = []
    for at in range(axes):
        numbers = (call.shape[2 + at], weight.shape[2 + at], stride[at], padding[at], dilation[at])
        taps.append((2 + at, transposed_taps(*numbers) if transposed else window_taps(*numbers)))
    planes = _slid(bounds._replace(planes=_by_group(bounds.planes, groups)), taps)
    if planes.shape[2] > 1:  # one plane per group, for several channels
        planes = planes.repeat_interleave(call.shape[1] // groups, dim=2)
    return bounds._replace(
        planes=planes.expand(NUMBERS, *call.shape),
        unit=torch.arange(call.shape[1], device="cpu").float().view(1, -1, *[1] * axes).expand(call.shape),
        jump=_times(bounds.jump, [Fraction(1, step) for step in stride] if transposed else stride),
    )


def _by_group(planes: Tensor, groups: int) -> Tensor:
    """Planes (8, image, channel, ...) with one channel for each group."""
    if planes.stride(2) == 0 or planes.shape[2] == 1:
        return planes.narrow(2, 0, 1)
    _, images, channels, *inner = planes.shape
    return planes.reshape(NUMBERS, images, groups, channels // groups, *inner).amin(3)


@rule(*(f"{kind}{n}d" for kind in ("avg_pool", "max_pool") for n in (1, 2, 3)))
@rule(*(f"max_pool{n}d_with_indices" for n in (1, 2, 3)))
def pooling(call: Call) -> Bounds:
    axes = int(call.name.partition("pool")[2][0])
    kernel = _numbers(call["kernel_size"], axes)
    stride, padding, dilation = (
        _numbers(call.first(name), axes, otherwise)
        for name, otherwise in (("stride", kernel), ("padding", 0), ("dilation", 1))
    )
    offset = len(call.shape) - axes
    taps = [
        (offset + at, window_taps(call.shape[offset + at], kernel[at], stride[at], padding[at], dilation[at]))
        for at in range(axes)
    ]
    bounds = call.looking
    return _along(bounds, call, taps, _times(bounds.jump, stride))


def _along(bounds: Bounds, call: Call, taps: list[tuple[int, Any]], jump: Jump) -> Bounds:
    """After looking along some axes; units stay units."""
    unit = over(bounds.unit, [axis for axis, _ in taps]).expand(call.shape)
    return Bounds(_slid(bounds, taps).expand(NUMBERS, *call.shape), unit, jump, bounds.unknown, bounds.exact)


@rule(*(f"{kind}{n}d" for kind in ("_adaptive_avg_pool", "adaptive_avg_pool", "adaptive_max_pool") for n in (1, 2, 3)))
def grid(call: Call) -> Bounds:
    bounds, lengths = call.looking, _numbers(call["output_size"], int(call.name.partition("pool")[2][0]))
    offset = len(call.shape) - len(lengths)
    of = call.source.shape[offset:]
    taps = [(offset + at, grid_taps(length, of[at])) for at, length in enumerate(lengths)]
    factors = [Fraction(of[at], length) for at, length in enumerate(lengths)]
    return _along(bounds, call, taps, _times(bounds.jump, factors))


@rule("upsample_linear1d", "upsample_bilinear2d", "upsample_bicubic2d", "upsample_trilinear3d")
@rule("_upsample_bilinear2d_aa", "_upsample_bicubic2d_aa")
def interpolation(call: Call) -> Bounds:
    bounds, lengths = call.looking, list(call["output_size"])
    of = call.source.shape[2:]
    taps = []
    for at, (length, before) in enumerate(zip(lengths, of, strict=True)):
        # one image per position, with a 1 there alone: what an entry takes of it is its weight
        ones = torch.eye(before, device="cpu", dtype=torch.float64).view(1, before, before, *[1] * (len(of) - 1))
        ones = ones.expand(-1, -1, -1, *[2] * (len(of) - 1)).movedim(2, 2 + at).contiguous()
        sizes = [length if axis == at else 2 for axis in range(len(of))]
        scales = [value for name, value in call.given.items() if name.startswith("scales")]
        scales = [scale if axis == at else None for axis, scale in enumerate(scales)]
        weights = call.func(ones, sizes, call["align_corners"], *scales).movedim(2 + at, 2).flatten(3)
        taps.append((2 + at, taps_of_weights(weights[0, ..., 0].T if len(of) > 1 else weights[0].T)))
    return _along(bounds, call, taps, _times(bounds.jump, [Fraction(b, n) for b, n in zip(of, lengths, strict=True)]))


# ---- all entries along some axes


def _axes(call: Call, given: Any) -> list[int]:
    axes = range(call.source.dim()) if given is None or given == [] else _numbers(given, 1)
    return [axis % max(call.source.dim(), 1) for axis in axes]


@rule("mean", "sum", "nansum", "amax", "amin", "max", "min", "var", "std", "var_mean", "std_mean", "prod", "any", "all")
@rule("norm", "linalg_vector_norm", "logsumexp", "median", "argmax", "argmin", "aminmax")
def reduction(call: Call) -> Bounds:
    if "other" in call.given:  # torch.max of two tensors
        return pointwise(call)
    bounds, axes = call.looking, _axes(call, call.first("dim"))
    planes, unit = planes_over(bounds.planes, axes), over(bounds.unit, axes)
    spatial = call.source.dim() == 4
    factors = [call.source.shape[axis] if spatial and axis in axes else 1 for axis in (-2 % 4, -1 % 4)]
    return bounds._replace(
        planes=planes.reshape(NUMBERS, *call.shape), unit=unit.reshape(call.shape), jump=_times(bounds.jump, factors)
    )


def _spread(call: Call, bounds: Bounds, axes: list[int]) -> Bounds:
    """Every entry sees what all entries along these axes see; the shape stays."""
    return bounds._replace(planes=planes_over(bounds.planes, axes).expand(NUMBERS, *call.source.shape))


@rule("_softmax", "_log_softmax", "_safe_softmax")
def softmax(call: Call) -> Bounds:
    return _spread(call, call.looking, _axes(call, call["dim"]))


@rule("native_layer_norm", "_fused_rms_norm", "rms_norm")
def layer_norm(call: Call) -> Bounds:
    axes = call.source.dim()
    return _spread(call, call.looking, list(range(axes - len(call["normalized_shape"]), axes)))


@rule("native_group_norm")
def group_norm(call: Call) -> Bounds:
    bounds, groups = call.looking, call["group"]
    _, images, channels, *inner = bounds.planes.shape
    grouped = _by_group(planes_over(bounds.planes, range(2, 2 + len(inner))), groups)
    if grouped.shape[2] == groups:
        grouped = grouped.repeat_interleave(channels // groups, dim=2)
    return bounds._replace(planes=grouped.expand(NUMBERS, images, channels, *inner))


@rule("native_batch_norm", "_native_batch_norm_legit", "_native_batch_norm_legit_no_training", "cudnn_batch_norm")
@rule("_batch_norm_with_update", "_batch_norm_no_update", "miopen_batch_norm")
def batch_norm(call: Call) -> Bounds:
    name = call.name
    if call.first("training") or call.first("train") or name == "_batch_norm_with_update":
        return _spread(call, call.looking, [axis for axis in range(call.source.dim()) if axis != 1])
    return call.looking


@rule("cumsum", "cumprod", "logcumsumexp")
def cumulative(call: Call) -> Bounds:
    bounds, axis = call.looking, call["dim"] % call.source.dim()
    return bounds._replace(planes=bounds.planes.contiguous().cummin(axis + 1).values)
