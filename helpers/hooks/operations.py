"""What layers and functions do to receptive fields, by kind.

| kind | what a unit of the output looks at |
| --- | --- |
| pixelwise | the same position of its inputs |
| reshaped | the same position, if the last two axes stay as they were |
| shuffle | the same position; channels change their order |
| window | a window of fixed size, with ``kernel``, ``stride``, ``padding`` and ``dilation`` |
| grid | its part of the plane, pooled to a grid of fixed size |
| padding | the same position, moved by ``padding`` (left, right, top, bottom) |
| global | the whole plane |
| flat | the whole plane, with no spatial dimensions left |
| unknown | cannot be told |
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

import torch
from torch import fx, nn
from torch.nn import functional

from helpers.hooks.windows import pair

PIXELWISE_MODULES = (
    nn.ReLU,
    nn.ReLU6,
    nn.LeakyReLU,
    nn.ELU,
    nn.GELU,
    nn.SiLU,
    nn.Sigmoid,
    nn.Tanh,
    nn.Softplus,
    nn.Hardswish,
    nn.Hardsigmoid,
    nn.PReLU,
    nn.Identity,
    nn.Dropout,
    nn.Dropout2d,
    nn.BatchNorm2d,
    nn.LocalResponseNorm,
)
_WINDOW_MODULES = (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)
_GRID_MODULES = (nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d)
_PIXELWISE_FUNCTIONS = {
    functional.relu,
    functional.relu6,
    functional.dropout,
    functional.local_response_norm,
    functional.gelu,
    functional.silu,
    torch.relu,
    torch.cat,
    torch.concat,
    torch.add,
    torch.mul,
    torch.unsqueeze,
    torch.chunk,
    torch.split,
    operator.add,
    operator.iadd,
    operator.sub,
    operator.mul,
    operator.imul,
    operator.truediv,
}
_PIXELWISE_METHODS = {"relu", "add", "add_", "mul", "mul_", "chunk", "clamp", "contiguous", "split", "sigmoid", "tanh"}
_WINDOW_FUNCTIONS = {functional.max_pool2d: "max", functional.avg_pool2d: "average"}


def of_module(module: nn.Module) -> tuple[str, Mapping[str, Any]]:
    """What a layer does to receptive fields, and with which numbers."""
    if isinstance(module, _WINDOW_MODULES):
        kernel: Any = module.kernel_size
        padding: Any = module.padding
        dilation: Any = getattr(module, "dilation", 1)
        if isinstance(padding, str):  # "same" with stride 1: the odd pixel goes below and to the right
            reach = [d * (k - 1) for d, k in zip(pair(dilation), pair(kernel), strict=True)]
            padding = [r // 2 for r in reach] if padding == "same" else 0
        return "window", dict(kernel=kernel, stride=module.stride, padding=padding, dilation=dilation)
    if isinstance(module, _GRID_MODULES):
        return "grid", {}
    if isinstance(module, nn.ZeroPad2d):
        return "padding", {"padding": module.padding}
    if isinstance(module, nn.Softmax):
        return ("pixelwise" if module.dim == 1 else "unknown"), {}
    if isinstance(module, nn.Flatten | nn.Linear):
        return "flat", {}
    return ("pixelwise" if isinstance(module, PIXELWISE_MODULES) else "unknown"), {}


def of_function(node: fx.Node) -> tuple[str, Mapping[str, Any]]:
    """The same for a function or method that a forward method calls; numbers that are not plain count as unknown."""
    target = node.target
    if target in _PIXELWISE_FUNCTIONS or (node.op == "call_method" and target in _PIXELWISE_METHODS):
        return "pixelwise", {}
    if target is operator.getitem:
        index = node.args[1]  # x[:, 0] or one part of a split: rows and columns stay
        whole = not isinstance(index, tuple) or (len(index) == 2 and Ellipsis not in index)
        return ("pixelwise" if whole else "unknown"), {}
    if target is torch.transpose and node.args[1:] == (1, 2):
        return "shuffle", {}
    if target is functional.softmax:
        return ("pixelwise" if 1 in (node.kwargs.get("dim"), *node.args[1:2]) else "unknown"), {}
    if target in (functional.adaptive_avg_pool2d, functional.adaptive_max_pool2d):
        return "grid", {}
    if target in (torch.flatten, functional.linear) or (node.op == "call_method" and target == "flatten"):
        return "flat", {}
    if target is torch.reshape or (node.op == "call_method" and target in ("view", "reshape")):
        return "reshaped", {}
    if target is torch.mean or (node.op == "call_method" and target == "mean"):
        axes = node.kwargs.get("dim", node.args[1] if len(node.args) > 1 else None)
        if isinstance(axes, list | tuple) and sorted(a % 4 for a in axes) == [2, 3]:
            return "global", {}
    if target in _WINDOW_FUNCTIONS:
        names = ("kernel_size", "stride", "padding", "dilation")
        given = dict(zip(names, node.args[1:], strict=False)) | dict(node.kwargs)
        if _WINDOW_FUNCTIONS[target] == "average":
            given.pop("dilation", None)  # the fourth argument is another one there
        kernel = given.get("kernel_size")
        return "window", dict(
            kernel=kernel,
            stride=given.get("stride") or kernel,
            padding=given.get("padding", 0),
            dilation=given.get("dilation", 1),
        )
    return "unknown", {}
