"""One forward pass through a chain of layers, with all that the way back needs: masks, switches and shapes.

The networks of the study are chains: every layer takes what the layer before gives, and nothing else. ``forward``
follows the chain in the graph of the network's calls and runs it call by call. What it cannot reverse it refuses by
name; only the part up to the layer asked for matters. A network that cannot be traced is refused, too: it may well be
a chain, but nothing says so.

Notation of the study (probing, section 2): a rectifier leaves a binary mask r, a max-pooling its switches P.
"""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, fx, nn
from torch.nn import functional

from helpers.errors import BadInput
from helpers.hooks.call_graph import CannotTrace, call_graph
from helpers.hooks.recording import StopForward, named_layer
from helpers.hooks.windows import Span, Window, pair

_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)
_DROPOUTS = (nn.Dropout, nn.Dropout1d, nn.Dropout2d)
_AVERAGES = (nn.AvgPool2d, nn.AdaptiveAvgPool2d)
_KINDS = (nn.Conv2d, nn.Linear, nn.ReLU, nn.MaxPool2d, *_AVERAGES, *_NORMS, *_DROPOUTS, nn.Flatten, nn.Identity)
_REVERSIBLE = (
    "a chain of Conv2d, Linear, ReLU, MaxPool2d, AvgPool2d, AdaptiveAvgPool2d, BatchNorm, Dropout, Flatten and "
    "Identity in eval mode can be reversed"
)


# Functions and methods that flatten, if what they give is flat.
_FLATTENS = (torch.flatten, torch.reshape, "flatten", "view", "reshape")


class CannotReverse(BadInput):
    """A network, or a layer of it, that has no way back here."""


@dataclasses.dataclass(frozen=True)
class Stage:
    """One layer of the chain, as passed. Shapes are (channel, height, width) or (unit), without the batch axis."""

    name: str
    module: nn.Module
    below: tuple[int, ...]  # shape of what it takes
    above: tuple[int, ...]  # shape of what it gives
    mask: Bool[Tensor, "*above"] | None = None  # ReLU: where it gives more than zero (r, eq. 1)
    switches: Int[Tensor, "channel height width"] | None = None  # MaxPool2d: row * width + column of each maximum (P)


class ForwardPass(NamedTuple):
    """A forward pass of one image up to ``layer``, the last of ``stages``."""

    layer: str
    stages: tuple[Stage, ...]
    image: Float[Tensor, "channel height width"]
    activation: Float[Tensor, "*above"]  # what the layer gives


def forward(network: nn.Module, layer: str, image: Float[Tensor, "channel height width"]) -> ForwardPass:
    """Send one image through the network up to ``layer`` and keep what the way back needs.

    The layer goes by its name in ``network.named_modules()``: a convolution (its pre-activations are the units then)
    or the ReLU behind it. Nothing behind it is run, and the network is as before, also after an exception.

    Raises UnknownLayer, with the nearest names, for a layer that the network does not have, and CannotReverse for a
    layer that groups others or is not reached, for a network that cannot be traced (:mod:`helpers.hooks.call_graph`),
    and for the first layer on the way that takes something else than the output of the layer before it, that is of a
    kind without a way back, or that is in training mode.
    """
    asked = named_layer(network, layer)
    if next(asked.children(), None) is not None:
        raise CannotReverse(f"the layer {layer} groups others; give one of them, such as {_first_leaf(layer, asked)}")
    try:
        graph = call_graph(network, is_one_call=lambda module: next(module.children(), None) is None)
    except CannotTrace as error:
        raise CannotReverse(str(error)) from None
    chain = _Chain(graph.module, asked)
    try:
        with torch.no_grad():
            chain.run(image.detach().unsqueeze(0).clone())  # an in-place layer must not write into the caller's image
    except StopForward:
        return ForwardPass(layer, tuple(chain.stages), image.detach(), chain.signal.squeeze(0).clone())
    raise CannotReverse(f"the layer {layer} is not run when the network sees an image")


class _Chain(fx.Interpreter):
    """Runs the calls of a network in their order and notes a stage for each layer, up to the layer asked for."""

    signal: Tensor  # what the last layer of the chain gave, or a flattened view of it

    def __init__(self, graph: fx.GraphModule, asked: nn.Module) -> None:
        super().__init__(graph)
        self.extra_traceback = False  # a refusal stays one sentence
        self.asked, self.stages = asked, list[Stage]()
        self.last, self.below = "the image", tuple[int, ...]()
        self.source: fx.Node | None = None  # the call that gave the signal; None after a function that may change it

    def run_node(self, n: fx.Node) -> Any:
        if n.op == "call_module":
            return self._layer(n)
        value = super().run_node(n)
        if n.op == "placeholder" and isinstance(value, Tensor):
            self.source, self.signal, self.below = n, value, tuple(value.shape[1:])
        elif self.source in n.all_input_nodes and _holds_tensor(value):
            self.source, self.signal = (n, value) if self._is_flatten(n, value) else (None, self.signal)
        return value

    def _layer(self, node: fx.Node) -> Tensor:
        name = str(node.target)
        module = self.module.get_submodule(name)
        kind = type(module).__name__
        if self.source is None or node.args != (self.source,) or node.kwargs:
            raise CannotReverse(
                f"the layer {name} ({kind}) does not take the output of {self.last} as it is: a branch or a function "
                f"outside the layers stands between them; {_REVERSIBLE}"
            )
        x = self.signal
        if tuple(x.shape[1:]) != self.below:  # a flatten between the layers
            self.stages.append(Stage(f"flatten before {name}", nn.Flatten(), self.below, tuple(x.shape[1:])))
        refusal = _refusal(module) or _wrong_axes(module, x)
        if refusal:
            raise CannotReverse(f"the layer {name} ({kind}) {refusal}; {_REVERSIBLE}")
        below, switches = tuple(x.shape[1:]), _switches(module, x)  # before the layer may overwrite x
        output = super().run_node(node)
        mask = (output > 0).squeeze(0) if isinstance(module, nn.ReLU) else None
        self.stages.append(Stage(name, module, below, tuple(output.shape[1:]), mask, switches))
        self.source, self.signal, self.last, self.below = node, output, name, tuple(output.shape[1:])
        if module is self.asked:
            raise StopForward
        return output

    def _is_flatten(self, node: fx.Node, value: object) -> bool:
        flattens = node.target in _FLATTENS and node.args[0] is self.source
        return flattens and isinstance(value, Tensor) and value.shape == (1, self.signal.numel())


def _switches(module: nn.Module, x: Tensor) -> Tensor | None:
    if not isinstance(module, nn.MaxPool2d):
        return None
    sizes = (module.kernel_size, module.stride, module.padding, module.dilation, module.ceil_mode)
    _, indices = functional.max_pool2d(x, *sizes, return_indices=True)
    return indices.squeeze(0)


def _holds_tensor(value: object) -> bool:
    return any(isinstance(part, Tensor) for part in (value if isinstance(value, tuple | list) else [value]))


def _refusal(module: nn.Module) -> str:
    if not isinstance(module, _KINDS):
        return "has no way back"
    if isinstance(module, (*_NORMS, *_DROPOUTS)) and module.training:
        return "is in training mode"
    if isinstance(module, _NORMS) and module.running_mean is None:
        return "normalises by its batch"
    if isinstance(module, nn.Conv2d) and module.padding_mode != "zeros":
        return f"pads with {module.padding_mode} instead of zeros"
    if isinstance(module, nn.Flatten) and (module.start_dim, module.end_dim) != (1, -1):
        return "flattens a part of the axes only"
    return ""


def _wrong_axes(module: nn.Module, x: Tensor) -> str:
    wanted = 2 if isinstance(module, nn.Linear) else 4 if isinstance(module, (nn.Conv2d, nn.MaxPool2d)) else x.dim()
    return "" if x.dim() == wanted else f"takes an input of {x.dim()} axes instead of {wanted}"


def _first_leaf(name: str, module: nn.Module) -> str:
    return next(f"{name}.{n}" if name else n for n, m in module.named_modules() if next(m.children(), None) is None)


def padding(conv: nn.Conv2d) -> tuple[int, int]:
    """Rows above and columns to the left that a convolution pads with zeros (``padding="same"`` may pad one more below
    and to the right)."""
    if conv.padding == "same":
        (kh, kw), (dh, dw) = conv.kernel_size, conv.dilation
        return dh * (kh - 1) // 2, dw * (kw - 1) // 2
    return (0, 0) if conv.padding == "valid" else tuple(conv.padding)  # type: ignore[return-value]


def receptive_field_windows(passage: ForwardPass, position: tuple[int, int] | None) -> tuple[Window, ...]:
    """The receptive field of one position of the layer in every plane of the chain: the image first, the layer last.

    position: (row, column) in the layer, or None for a layer without spatial dimensions.

    Entry i lies in the plane that stage i takes; a plane without spatial dimensions has Window(0, 1, 0, 1). Windows are
    cut at the borders of the planes, padding is no part of them.

    Raises ValueError for a position outside the layer.
    """
    above = passage.stages[-1].above
    if len(above) == 1:
        if position is not None:
            raise ValueError(f"the layer {passage.layer} has no spatial dimensions; position = {position} must be None")
        window = Window(0, 1, 0, 1)
    else:
        _, height, width = above
        if position is None or not (0 <= position[0] < height and 0 <= position[1] < width):
            raise ValueError(
                f"position = {position} is outside the layer {passage.layer}; rows go from 0 to {height - 1}, "
                f"columns from 0 to {width - 1}"
            )
        window = Window(position[0], position[0] + 1, position[1], position[1] + 1)
    windows = [window]
    for stage in reversed(passage.stages):
        windows.append(_below(stage, windows[-1]))
    return tuple(reversed(windows))


def _below(stage: Stage, window: Window) -> Window:
    module = stage.module
    if isinstance(module, nn.Flatten) and len(stage.below) == 3:
        return Window(0, stage.below[1], 0, stage.below[2])
    if len(stage.below) != 3:
        return window
    sides = []
    for axis, (first, last) in enumerate(((window.top, window.bottom), (window.left, window.right))):
        size = stage.below[1 + axis]
        if isinstance(module, nn.AdaptiveAvgPool2d):
            out = stage.above[1 + axis]
            low, high = first * size // out, -(-last * size // out)
        elif isinstance(module, (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)):
            kernel, stride, pad, dilation = (setting[axis] for setting in geometry(module))
            low, high = first * stride - pad, (last - 1) * stride - pad + dilation * (kernel - 1) + 1
        else:
            low, high = first, last
        sides += [max(low, 0), min(high, size)]
    return Window(*sides)


def geometry(module: nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d) -> tuple[Span, ...]:
    """Kernel, stride, padding before the first position and dilation, each as (rows, columns)."""
    if isinstance(module, nn.Conv2d):
        return module.kernel_size, module.stride, padding(module), module.dilation  # type: ignore[return-value]
    dilation = module.dilation if isinstance(module, nn.MaxPool2d) else 1
    stride = module.stride if module.stride is not None else module.kernel_size
    return tuple(pair(value) for value in (module.kernel_size, stride, module.padding, dilation))
