"""One forward pass through a chain of layers, with all that the way back needs: masks, switches and shapes.

The networks of the study are chains: every layer takes what the layer before gives, and nothing else. ``forward``
finds the chain by running the network once with hooks on its leaf modules. What it cannot reverse it refuses by name;
only the part up to the layer asked for matters.

Notation of the study (probing, section 2): a rectifier leaves a binary mask r, a max-pooling its switches P.
"""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional

from helpers.errors import BadInput
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
    layer that groups others or is not reached, and for the first layer on the way that takes something else than the
    output of the layer before it, that is of a kind without a way back, or that is in training mode.
    """
    asked = named_layer(network, layer)
    if next(asked.children(), None) is not None:
        raise CannotReverse(f"the layer {layer} groups others; give one of them, such as {_first_leaf(layer, asked)}")
    leaves = {module: name for name, module in network.named_modules() if next(module.children(), None) is None}
    batch = image.detach().unsqueeze(0).clone()  # an in-place layer must not write into the caller's image
    walk = _Tracer(batch, asked)
    handles = []
    for module, name in leaves.items():
        handles += [
            module.register_forward_pre_hook(lambda m, given, name=name: walk.enter(name, m, given)),
            module.register_forward_hook(lambda m, _given, output, name=name: walk.leave(name, m, output)),
        ]
    try:
        with torch.no_grad():
            network(batch)
    except StopForward:
        return ForwardPass(layer, tuple(walk.stages), image.detach(), walk.signal.squeeze(0).clone())
    finally:
        for handle in handles:
            handle.remove()
    raise CannotReverse(f"the layer {layer} is not run when the network sees an image")


class _Tracer:
    """What the hooks have seen so far."""

    def __init__(self, image: Tensor, asked: nn.Module) -> None:
        self.signal, self.version, self.last = image, image._version, "the image"
        self.asked, self.stages = asked, list[Stage]()
        self.below: tuple[int, ...] = tuple(image.shape[1:])
        self.switches: Tensor | None = None

    def enter(self, name: str, module: nn.Module, given: tuple[object, ...]) -> None:
        kind = type(module).__name__
        if len(given) != 1 or not self._is_signal(given[0]):
            raise CannotReverse(
                f"the layer {name} ({kind}) does not take the output of {self.last} as it is: a branch or a function "
                f"outside the layers stands between them; {_REVERSIBLE}"
            )
        x = given[0]
        assert isinstance(x, Tensor)
        if x.shape != self.signal.shape:  # a flatten between the layers
            self.stages.append(Stage(f"flatten before {name}", nn.Flatten(), self.below, tuple(x.shape[1:])))
        refusal = _refusal(module) or _wrong_axes(module, x)
        if refusal:
            raise CannotReverse(f"the layer {name} ({kind}) {refusal}; {_REVERSIBLE}")
        self.below, self.switches = tuple(x.shape[1:]), None
        if isinstance(module, nn.MaxPool2d):
            sizes = (module.kernel_size, module.stride, module.padding, module.dilation, module.ceil_mode)
            _, indices = functional.max_pool2d(x, *sizes, return_indices=True)
            self.switches = indices.squeeze(0)

    def leave(self, name: str, module: nn.Module, output: Tensor) -> None:
        above = tuple(output.shape[1:])
        mask = (output > 0).squeeze(0) if isinstance(module, nn.ReLU) else None
        self.stages.append(Stage(name, module, self.below, above, mask, self.switches))
        self.signal, self.version, self.last, self.below = output, output._version, name, above
        if module is self.asked:
            raise StopForward

    def _is_signal(self, x: object) -> bool:
        """Whether this is what the layer before gave, unchanged since (also in place), or a flattened view of it."""
        if not isinstance(x, Tensor) or x._version != self.version:
            return False
        flat = x.dim() == 2 and x.data_ptr() == self.signal.data_ptr() and x.numel() == self.signal.numel()
        return x is self.signal or (flat and x.is_contiguous() and self.signal.is_contiguous())


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
