"""Networks that are chains: every layer takes what the layer before gives, and nothing else.

Of a chain the way back needs no more than a mask of every rectifier, the switches of every max pooling, and shapes.
``follow`` runs it call by call along the graph of its calls. What is no chain, or cannot be traced, takes the other
way (:mod:`helpers.attribution.graph_run`); only the part up to the layer asked for decides.

Notation of the study (probing, section 2): a rectifier leaves a binary mask r, a max-pooling its switches P.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import torch
from jaxtyping import Bool, Int
from torch import Tensor, fx, nn
from torch.nn import functional
from torch.nn.utils import parametrize

from helpers.attribution.methods import CannotReverse
from helpers.attribution.pooling import refuse_empty_windows
from helpers.errors import BadInput, first_line
from helpers.hooks.call_graph import CannotTrace, call_graph
from helpers.hooks.recording import StopForward
from helpers.hooks.windows import Span, Window, pair

_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)
_DROPOUTS = (nn.Dropout, nn.Dropout1d, nn.Dropout2d)
_AVERAGES = (nn.AvgPool2d, nn.AdaptiveAvgPool2d)
_KINDS = (nn.Conv2d, nn.Linear, nn.ReLU, nn.MaxPool2d, *_AVERAGES, *_NORMS, *_DROPOUTS, nn.Flatten, nn.Identity)

# Functions and methods that flatten, if what they give is flat.
_FLATTENS = (torch.flatten, torch.reshape, "flatten", "view", "reshape")


class NoChain(Exception):
    """A network that is no chain of known layers up to the layer asked for."""


@dataclasses.dataclass(frozen=True)
class Stage:
    """One layer of the chain, as passed. Shapes are (channel, height, width) or (unit), without the batch axis."""

    name: str
    module: nn.Module
    below: tuple[int, ...]  # shape of what it takes
    above: tuple[int, ...]  # shape of what it gives
    mask: Bool[Tensor, "*above"] | None = None  # ReLU: where it gives more than zero (r, eq. 1)
    switches: Int[Tensor, "channel height width"] | None = None  # MaxPool2d: row * width + column of each maximum (P)


def follow(network: nn.Module, asked: nn.Module, image: Tensor, *, call: int) -> tuple[tuple[Stage, ...], Tensor]:
    """The stages of a chain up to a call of one of its layers (-1: the last), and what that gives for the image.

    Raises NoChain for what is none, and CannotReverse for a chain that does not run on the image.
    """
    try:
        graph = call_graph(network, is_one_call=_is_leaf)
    except CannotTrace:
        raise NoChain from None
    nodes = [node for node in graph.module.graph.nodes if node.op == "call_module"]
    ends = [node for node in nodes if graph.module.get_submodule(str(node.target)) is asked]
    if not -len(ends) <= call < len(ends):
        raise NoChain
    chain = _Chain(graph.module, ends[call])
    try:
        with torch.no_grad():
            chain.run(image.detach().unsqueeze(0).clone())  # an in-place layer must not write into the caller's image
    except StopForward:
        return tuple(chain.stages), chain.signal.squeeze(0).clone()
    except (NoChain, BadInput):
        raise
    except Exception as error:  # a layer may refuse what it is given
        raise CannotReverse(f"{type(network).__name__} does not run on this image ({first_line(error)})") from error
    raise NoChain


def _is_leaf(module: nn.Module) -> bool:
    """Whether a layer is made of no others; what computes its weight (``parametrize``) is none."""
    return all(name == "parametrizations" for name, _ in module.named_children())


class _Chain(fx.Interpreter):
    """Runs the calls of a network in their order and notes a stage for each layer, up to the call asked for."""

    signal: Tensor  # what the last layer of the chain gave, or a flattened view of it

    def __init__(self, graph: fx.GraphModule, end: fx.Node) -> None:
        super().__init__(graph)
        self.extra_traceback = False  # a refusal stays one sentence
        self.end, self.stages = end, list[Stage]()
        self.below = tuple[int, ...]()
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
        x = self.signal
        if self.source is None or node.args != (self.source,) or node.kwargs or not _is_link(module, x):
            raise NoChain
        if tuple(x.shape[1:]) != self.below:  # a flatten between the layers
            self.stages.append(Stage(f"flatten before {name}", nn.Flatten(), self.below, tuple(x.shape[1:])))
        below, switches = tuple(x.shape[1:]), _switches(name, module, x)  # before the layer may overwrite x
        output = super().run_node(node)
        mask = (output > 0).squeeze(0) if isinstance(module, nn.ReLU) else None
        self.stages.append(Stage(name, module, below, tuple(output.shape[1:]), mask, switches))
        self.source, self.signal, self.below = node, output, tuple(output.shape[1:])
        if node is self.end:
            raise StopForward
        return output

    def _is_flatten(self, node: fx.Node, value: object) -> bool:
        flattens = node.target in _FLATTENS and node.args[0] is self.source
        return flattens and isinstance(value, Tensor) and value.shape == (1, self.signal.numel())


def _switches(name: str, module: nn.Module, x: Tensor) -> Tensor | None:
    if not isinstance(module, nn.MaxPool2d):
        return None
    names = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")
    settings = {setting: getattr(module, setting) for setting in names}
    refuse_empty_windows({"input": x, **settings}, name)
    _, indices = functional.max_pool2d(x, **settings, return_indices=True)
    return indices.squeeze(0)


def _holds_tensor(value: object) -> bool:
    return any(isinstance(part, Tensor) for part in (value if isinstance(value, tuple | list) else [value]))


def _is_link(module: nn.Module, x: Tensor) -> bool:
    """Whether the way back through a layer is known to the last detail, on this input."""
    if not _is_plain(module):
        return False
    if isinstance(module, (*_NORMS, *_DROPOUTS)) and module.training:
        return False
    if isinstance(module, _NORMS) and module.running_mean is None:
        return False
    if isinstance(module, nn.Conv2d) and module.padding_mode != "zeros":
        return False
    if isinstance(module, nn.MaxPool2d) and module.return_indices:
        return False
    if isinstance(module, nn.Flatten) and (module.start_dim, module.end_dim) != (1, -1):
        return False
    wanted = 2 if isinstance(module, nn.Linear) else 4 if isinstance(module, (nn.Conv2d, nn.MaxPool2d)) else x.dim()
    return x.dim() == wanted


def _is_plain(module: nn.Module) -> bool:
    """Whether a layer does what its kind does: no subclass with ways of its own, and no hook that changes what it does.

    Hooks by which torch computes a weight (pruning, weight and spectral norm) change no more than the weight.
    """
    kind = type(module).__mro__[1] if parametrize.is_parametrized(module) else type(module)
    weights = all(type(hook).__module__.startswith("torch.nn.utils") for hook in module._forward_pre_hooks.values())
    return kind in _KINDS and "forward" not in vars(module) and weights and not module._forward_hooks


def windows_below(stages: tuple[Stage, ...], window: Window) -> tuple[Window, ...]:
    """The receptive field of a window above the last stage in every plane of the chain, the image first.

    Entry i lies in the plane that stage i takes, the last entry is the window itself. Where it lies in the padding
    altogether, the window is empty: of no rows and columns at 0.
    """
    windows = [window]
    for stage in reversed(stages):
        windows.append(_below(stage, windows[-1]))
    return tuple(reversed(windows))


def _below(stage: Stage, window: Window) -> Window:
    module = stage.module
    if window.height == 0:
        return window
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
    below = Window(*sides)
    return below if below.height > 0 and below.width > 0 else Window(0, 0, 0, 0)


def geometry(module: nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d) -> tuple[Span, ...]:
    """Kernel, stride, padding before the first position and dilation, each as (rows, columns)."""
    if isinstance(module, nn.Conv2d):
        return module.kernel_size, module.stride, padding(module), module.dilation  # type: ignore[return-value]
    dilation = module.dilation if isinstance(module, nn.MaxPool2d) else 1
    stride = module.stride if module.stride is not None else module.kernel_size
    return tuple(pair(value) for value in (module.kernel_size, stride, module.padding, dilation))


def padding(conv: nn.Conv2d) -> tuple[int, int]:
    """Rows above and columns to the left that a convolution pads with zeros (``padding="same"`` may pad one more below
    and to the right)."""
    if conv.padding == "same":
        (kh, kw), (dh, dw) = conv.kernel_size, conv.dilation
        return dh * (kh - 1) // 2, dw * (kw - 1) // 2
    return (0, 0) if conv.padding == "valid" else tuple(conv.padding)  # type: ignore[return-value]
