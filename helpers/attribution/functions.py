"""What the functions that a network calls do to a signal, by kind: forward, and so on the way back.

| kind | examples | on the way back |
| --- | --- | --- |
| LINEAR | convolution, sum, concatenation, BatchNorm in eval mode, pooling, maximum | by its derivative |
| GATE | ReLU, ReLU6, clamp from 0: what passes, passes as it is | mask r, rectifier R |
| LEAKY | LeakyReLU, PReLU: linear on both sides of 0 | derivative, rectifier R |
| SMOOTH | GELU, SiLU, ELU, Hardswish, Softplus: curved, in a rectifier's place | derivative, rectifier R |
| NORMALISATION | LRN, LayerNorm, GroupNorm, InstanceNorm | by its derivative |
| PRODUCT | of two signals that both come from the image: gates, attention | by its derivative |
| OTHER | sigmoid, softmax, all that is not known here | by its derivative |
| CHANCE | Dropout and BatchNorm in training mode, noise | none |

LINEAR is meant part by part of the input space, as for max pooling.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from torch import Tensor


class Kind(enum.Enum):
    """What a function does to a signal; see the module."""

    LINEAR = enum.auto()
    GATE = enum.auto()
    LEAKY = enum.auto()
    SMOOTH = enum.auto()
    NORMALISATION = enum.auto()
    PRODUCT = enum.auto()
    OTHER = enum.auto()
    CHANCE = enum.auto()


RECTIFIERS = frozenset({Kind.GATE, Kind.LEAKY, Kind.SMOOTH})
PIECEWISE_LINEAR = frozenset({Kind.LINEAR, Kind.GATE, Kind.LEAKY})


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Linear in each of their inputs; a product where two of these come from the image.
_MULTIPLY = _names(
    """mul rmul imul multiply matmul rmatmul mm mv bmm addmm addbmm baddbmm addmv einsum tensordot inner dot outer kron
    linear bilinear conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d convolution addcmul"""
)
_DIVIDE = _names("div truediv itruediv divide true_divide")
_LINEAR = _names(
    """add radd iadd sub rsub isub subtract neg negative positive pos sum mean nanmean cumsum diff cat concat
    concatenate stack hstack vstack dstack chunk split split_with_sizes tensor_split unsafe_chunk unsafe_split
    unbind getitem setitem select narrow index_select index_add index_copy index_fill index_put gather scatter
    scatter_add take take_along_dim view view_as reshape reshape_as flatten unflatten ravel squeeze unsqueeze
    permute transpose swapaxes swapdims movedim moveaxis t adjoint roll flip fliplr flipud rot90 expand
    expand_as repeat repeat_interleave tile broadcast_to broadcast_tensors contiguous clone to type float half
    double bfloat16 type_as cpu cuda get identity alias copy fill zero pad constant_pad_nd interpolate upsample
    upsample_nearest upsample_bilinear pixel_shuffle pixel_unshuffle channel_shuffle native_channel_shuffle
    unfold fold im2col col2im masked_fill masked_select masked_scatter where tril triu diagonal diag diag_embed
    as_strided atleast_1d atleast_2d atleast_3d batch_norm dropout dropout1d dropout2d dropout3d alpha_dropout
    feature_dropout feature_alpha_dropout avg_pool1d avg_pool2d avg_pool3d adaptive_avg_pool1d
    adaptive_avg_pool2d adaptive_avg_pool3d"""
)
_LINEAR_BY_PARTS = _names(
    """max_pool1d max_pool2d max_pool3d max_pool1d_with_indices max_pool2d_with_indices max_pool3d_with_indices
    adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d  max_unpool2d max min amax amin
    maximum minimum fmax fmin abs median nanmedian quantile sort topk kthvalue clamp clip clamp_min clamp_max hardtanh
    hardsigmoid hardshrink softshrink threshold"""
)
_LEAKY = _names("leaky_relu prelu rrelu")
_SMOOTH = _names("elu celu selu gelu silu mish hardswish softplus")
_NORMALISATIONS = _names("local_response_norm layer_norm group_norm instance_norm rms_norm normalize")
_DRAWS = _names(
    """bernoulli rand rand_like randn randn_like randint randint_like randperm multinomial poisson normal uniform
    exponential geometric cauchy log_normal gumbel_softmax fractional_max_pool2d fractional_max_pool3d
    fractional_max_pool2d_with_indices fractional_max_pool3d_with_indices"""
)
# Positional arguments by name, where a setting decides on the kind.
_SETTINGS = {
    "batch_norm": ("input", "running_mean", "running_var", "weight", "bias", "training"),
    "rrelu": ("input", "lower", "upper", "training"),
    "clamp": ("input", "min", "max"),
    "clip": ("input", "min", "max"),
    "clamp_min": ("input", "min"),
    "hardtanh": ("input", "min", "max"),
    "threshold": ("input", "threshold", "value"),
    "max_pool2d": ("input", "kernel_size", "stride", "padding", "dilation", "ceil_mode"),
    "scaled_dot_product_attention": ("query", "key", "value", "attn_mask", "dropout_p"),
    "multi_head_attention_forward": (*(f"input {k}" for k in range(10)), "dropout_p"),
}


def name_of(function: Callable[..., Any]) -> str:
    """The plain name of a function: "add" for ``x + y``, ``x.add(y)`` and ``x += y`` alike."""
    name = getattr(function, "__name__", type(function).__name__)
    return name.partition(".")[0].strip("_")  # "relu.default" is an overload


def settings_of(name: str, arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a call by name, of functions whose kind depends on them."""
    names = _SETTINGS.get(name, ("input", "p", "training") if "dropout" in name else ())
    found = dict(zip(names, arguments, strict=False)) | dict(keywords)
    for bound in ("min", "max"):  # of hardtanh
        found[bound] = found.pop(f"{bound}_val", found.get(bound))
    return found


def kind_of(name: str, arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> Kind:
    """The kind of one call. Of its arguments, tensors that require gradients are taken to come from the image."""
    settings = settings_of(name, arguments, keywords)
    if _is_by_chance(name, settings):
        return Kind.CHANCE
    if name in ("relu", "relu6") or upper_end(name, settings) is not None:
        return Kind.GATE
    for names, kind in ((_LEAKY, Kind.LEAKY), (_SMOOTH, Kind.SMOOTH), (_NORMALISATIONS, Kind.NORMALISATION)):
        if name in names:
            return kind
    if name in _MULTIPLY:
        signals = [part for part in tensors((*arguments, *keywords.values())) if part.requires_grad]
        return Kind.PRODUCT if len(signals) > 1 else Kind.LINEAR
    if name in _DIVIDE:
        return Kind.OTHER if any(part.requires_grad for part in tensors(arguments[1:])) else Kind.LINEAR
    return Kind.LINEAR if name in _LINEAR | _LINEAR_BY_PARTS else Kind.OTHER


def upper_end(name: str, settings: Mapping[str, Any]) -> float | None:
    """Where a gate closes again: infinity for a ReLU, 6 for a ReLU6; None for what is no gate."""
    if name in ("relu", "relu6"):
        return 6.0 if name == "relu6" else math.inf
    if name == "threshold":
        return math.inf if settings.get("threshold") == settings.get("value") == 0 else None
    if name not in ("clamp", "clip", "clamp_min", "hardtanh"):
        return None
    low, high = settings.get("min"), settings.get("max")
    if isinstance(low, Tensor) or isinstance(high, Tensor) or low != 0:
        return None
    return math.inf if high is None else float(high)


def tensors(value: object) -> Iterator[Tensor]:
    """All tensors in nested tuples, lists and dictionaries."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, tuple | list):
        for part in value:
            yield from tensors(part)
    elif isinstance(value, dict):
        yield from tensors(list(value.values()))


def _is_by_chance(name: str, settings: Mapping[str, Any]) -> bool:
    if "dropout" in name:
        return bool(settings.get("training", settings.get("train", True))) and settings.get("p", 0.5) != 0
    if name in ("batch_norm", "rrelu"):
        return bool(settings.get("training", False))
    if name == "multi_head_attention_forward":
        return bool(settings.get("training")) and settings.get("dropout_p", 0) != 0
    return name in _DRAWS or (name == "scaled_dot_product_attention" and settings.get("dropout_p", 0) != 0)
