"""Pooling windows that lie in the padding altogether, which torch itself does not look for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from helpers.attribution.methods import CannotReverse
from helpers.hooks.windows import pair


def refuse_empty_windows(settings: Mapping[str, Any], layer: str) -> None:
    """Refuse a max pooling that would take the maximum of nothing; torch would read memory that is not its own.

    settings: the arguments of ``torch.nn.functional.max_pool2d`` by name. Raises CannotReverse.
    """
    kernels, dilations = pair(settings["kernel_size"]), pair(settings.get("dilation") or 1)
    strides, paddings = pair(settings.get("stride") or kernels), pair(settings.get("padding") or 0)
    sizes = settings["input"].shape[-2:]
    for size, kernel, stride, padding, dilation in zip(sizes, kernels, strides, paddings, dilations, strict=True):
        room = size + 2 * padding - dilation * (kernel - 1) - 1
        last = (room + (stride - 1 if settings.get("ceil_mode") else 0)) // stride
        for start in (position * stride - padding for position in range(last + 1)):
            if start < size and all(not 0 <= start + tap * dilation < size for tap in range(kernel)):
                raise CannotReverse(f"the max pooling {layer} has windows that hold nothing but padding")
