"""Products of matrices, and attention. See :mod:`helpers.hooks.operations`."""

from __future__ import annotations

import torch

from helpers.hooks.bounds import NUMBERS, Bounds, joined, least, status
from helpers.hooks.looking import over, planes_over
from helpers.hooks.rules import Call, NotKnown, rule


@rule("mm", "bmm", "addmm", "baddbmm")
def product(call: Call) -> Bounds:
    left, right = call.first("mat1", "batch1", "self"), call.first("mat2", "batch2")
    rows, columns = [*call.shape[:-1], 1], [*call.shape[:-2], 1, call.shape[-1]]
    parts = []
    for tensor, axis, kept in ((left, left.dim() - 1, rows), (right, right.dim() - 2, columns)):
        bounds = call.seen.get(tensor)
        if bounds is not None:
            planes = planes_over(bounds.planes, [axis]).expand(NUMBERS, *kept)
            parts.append(bounds._replace(planes=planes, unit=over(bounds.unit, [axis]).expand(kept)))
    unit = parts[-1].unit if parts else None
    if len(parts) < 2:  # units are made anew along the axis of the matrix of weights
        axis = -2 if call.seen.get(left) is None else -1
        count = torch.arange(call.shape[axis], device="cpu").float()
        unit = count[:, None] if axis == -2 else count
    added = call.seen.get(call["self"]) if call.name in ("addmm", "baddbmm") else None
    if unit is None or not parts:  # what is added alone looks at the image
        raise NotKnown
    return joined([*parts, *([added] if added else [])], call.shape)._replace(unit=unit.expand(call.shape))


@rule("_scaled_dot_product_flash_attention_for_cpu", "_scaled_dot_product_flash_attention")
@rule("_scaled_dot_product_efficient_attention", "_scaled_dot_product_cudnn_attention")
@rule("_scaled_dot_product_fused_attention_overrideable", "_scaled_dot_product_attention_math")
def attention(call: Call) -> Bounds:
    parts = [call.seen.get(call[name]) for name in ("query", "key", "value")]
    if call.first("is_causal") or any(part is None for part in parts):
        raise NotKnown
    query, key, value = (part for part in parts if part is not None)
    planes = [planes_over(query.planes, [3]), planes_over(key.planes, [2, 3]), planes_over(value.planes, [2])]
    planes = [each.expand(NUMBERS, *call.shape[:2], *each.shape[3:]) for each in planes]
    unknown, exact = status([query, key, value])
    masked = call.first("attn_mask", "attn_bias") is not None
    unit = over(value.unit, [2]).expand(call.shape)
    return Bounds(least(planes, call.shape, leading=1), unit, query.jump, unknown, exact and not masked)


@rule("_native_multi_head_attention", "_transformer_encoder_layer_fwd")
def tokens(call: Call) -> Bounds:
    """Layers of torch in one piece: all tokens look at all tokens (image, token, unit)."""
    masked = call.first("mask") is not None
    names = [name for name in ("query", "key", "value", "src") if name in call.given]
    parts = [bounds for name in names if (bounds := call.seen.get(call[name])) is not None]
    if len(parts) < len(names):
        raise NotKnown
    planes = least([planes_over(part.planes, [1, 2]) for part in parts], (call.shape[0], 1, 1), leading=1)
    unknown, exact = status(parts)
    unit = torch.arange(call.shape[-1], device="cpu").float().expand(call.shape)
    return Bounds(planes.expand(NUMBERS, *call.shape), unit, parts[0].jump, unknown, exact and not masked)
