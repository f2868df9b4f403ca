"""Which pixels of the image a unit sees: exact arithmetic along every path through a network.

For a unit at row r (columns alike) the rows ``start + r * jump`` up to, not including, ``start + r * jump + size`` of
the image are all that it can see; at the border this window is cut. The cut is exact, too: positions that a layer adds
as padding see nothing, even where the window of such a position would reach into the image again.

The network is traced (torch.fx), so branches and sums are followed wherever they lead; where paths of different size
meet, the window that holds all of theirs counts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor, fx, nn

from helpers.errors import BadInput
from helpers.hooks.call_graph import CannotTrace, call_graph, first_line
from helpers.hooks.names import unknown_layer
from helpers.hooks.operations import PIXELWISE_MODULES, of_function, of_module
from helpers.hooks.windows import Span, Window, pair


class FieldError(BadInput):
    """A layer that does not exist, or whose receptive field cannot be told. The message is one sentence."""


@dataclass(frozen=True, eq=False)
class Axis:
    """Receptive fields along one axis of the image.

    Without borders, unit p sees ``size`` pixels from ``start + p * jump`` on. In an image of the size that was asked
    for it sees those from ``first[p]`` up to, not including, ``stop[p]``. A layer that pools to a grid that does not
    divide its input has a ``jump`` that is a fraction, and ``size`` is that of its largest window.
    """

    size: int
    jump: int | Fraction
    start: int
    first: Int[np.ndarray, " unit"]
    stop: Int[np.ndarray, " unit"]

    def through(self, taps: Int[np.ndarray, "unit tap"], *, stride: int | Fraction) -> Axis:
        """The axis after a layer whose unit p looks at the positions ``taps[p]``; those outside are padding."""
        units = len(self.first)
        valid = (taps >= 0) & (taps < units)
        inside = taps.clip(0, units - 1)
        reach = int((taps.max(1) - taps.min(1)).max())
        jump = self.jump * stride
        return Axis(
            size=self.size + math.ceil(reach * self.jump),
            jump=int(jump) if jump == int(jump) else jump,
            start=self.start + math.floor(int(taps[0].min()) * self.jump),
            first=np.where(valid, self.first[inside], _NOTHING).min(1),
            stop=np.where(valid, self.stop[inside], -1).max(1),
        )

    def joined(self, other: Axis) -> Axis:
        """The axis after two paths meet, position by position."""
        start = min(self.start, other.start)
        end = max(self.start + self.size, other.start + other.size)
        return Axis(
            size=end - start,
            jump=self.jump,
            start=start,
            first=np.minimum(self.first, other.first),
            stop=np.maximum(self.stop, other.stop),
        )


# Where a window that lies in the padding altogether begins: behind every image.
_NOTHING = np.iinfo(np.int64).max


@dataclass(frozen=True, eq=False)
class ReceptiveField:
    """What the units of one layer see of an image, by rows and columns.

    ``size``, ``jump`` and ``start`` are (rows, columns): a unit's window without borders, the distance between
    neighbouring units, and where the window of unit (0, 0) begins (below 0 where there is padding). ``units`` says
    how many positions the layer has.
    """

    rows: Axis
    columns: Axis

    @property
    def size(self) -> Span:
        return self.rows.size, self.columns.size

    @property
    def jump(self) -> tuple[int | Fraction, int | Fraction]:
        return self.rows.jump, self.columns.jump

    @property
    def start(self) -> Span:
        return self.rows.start, self.columns.start

    @property
    def units(self) -> Span:
        return len(self.rows.first), len(self.columns.first)

    def window(self, row: int, column: int) -> Window:
        """The pixels that the unit at this position can see, cut at the image's border.

        Raises FieldError for a position outside the layer.
        """
        rows, columns = self.units
        if not (0 <= row < rows and 0 <= column < columns):
            raise FieldError(f"there is no unit at ({row}, {column}): the layer has {rows} × {columns} positions")
        return Window(
            int(self.rows.first[row]),
            int(self.rows.stop[row]),
            int(self.columns.first[column]),
            int(self.columns.stop[column]),
        )


class Traced(NamedTuple):
    """What a layer gives for one image: the shape without the batch, and its receptive field if that can be told."""

    shape: tuple[int, ...]
    receptive_field: ReceptiveField | None
    unknown: str  # the first operation on the way whose receptive field is not known
    calls: int = 1  # how often the layer runs


def receptive_field(network: nn.Module, layer: str, *, size: int | Span = 224) -> ReceptiveField:
    """The receptive fields of a layer's units, for images of this height and width.

    ``size`` decides the cut at the border and global pooling alone; ``jump`` and, up to there, ``size`` and ``start``
    of the receptive field do not depend on it.

    Raises FieldError for a layer that the network does not have (with the nearest names), one that lies behind an
    operation whose receptive field is not known, and a network that cannot be traced or not run on images of this size.
    """
    layers = trace(network, size)
    if layer not in layers:
        raise FieldError(unknown_layer(layer, list(layers)))
    found = layers[layer]
    if found.receptive_field is None:
        raise FieldError(f"the receptive field of {layer} is not known: it lies behind {found.unknown}")
    return found.receptive_field


def trace(network: nn.Module, size: int | Span = 224) -> dict[str, Traced]:
    """Every layer that runs, in the order in which they end, with what it gives for one image of this size.

    Raises FieldError for a network that cannot be traced or run.
    """
    try:
        # subclasses of torch's layers, which are not torch's own, are not looked into either
        graph = call_graph(network, is_one_call=lambda module: isinstance(module, PIXELWISE_MODULES))
    except CannotTrace as error:
        raise FieldError(str(error)) from None
    interpreter = _Interpreter(graph.module)
    like = next(iter(network.parameters()), torch.empty(0))
    images = torch.zeros(1, 3, *pair(size), device=like.device, dtype=like.dtype)
    training = {module: module.training for module in network.modules()}
    try:
        with torch.no_grad():
            network.eval()
            interpreter.run(images)
    except Exception as error:
        raise FieldError(
            f"{type(network).__name__} does not run on images of {size} points ({first_line(error)})"
        ) from None
    finally:
        for module, was in training.items():
            module.training = was
    return {
        name: interpreter.results[nodes[-1]]._replace(calls=len(nodes))
        for name, nodes in graph.calls.items()
        if nodes[-1] in interpreter.results
    }


class _Interpreter(fx.Interpreter):
    """Runs a traced network on one image and follows the receptive fields."""

    def __init__(self, module: fx.GraphModule) -> None:
        super().__init__(module)
        self.results: dict[fx.Node, Traced] = {}

    def run_node(self, n: fx.Node) -> Any:
        value = super().run_node(n)
        inputs = [self.results[source] for source in n.all_input_nodes if source in self.results]
        parts = value if isinstance(value, tuple | list) and value else [value]  # a split gives out several tensors
        if not all(isinstance(part, Tensor) for part in parts) or not (inputs or n.op == "placeholder"):
            return value  # a number, or a tensor that does not look at the image
        field, unknown = self._field(n, parts[0], inputs)
        self.results[n] = Traced(tuple(parts[0].shape[1:]), field, unknown)
        return value

    def _field(self, node: fx.Node, value: Tensor, inputs: list[Traced]) -> tuple[ReceptiveField | None, str]:
        if node.op == "placeholder":
            rows, columns = (np.arange(length) for length in value.shape[2:])
            return ReceptiveField(*(Axis(1, 1, 0, first, first + 1) for first in (rows, columns))), ""
        fields = [source.receptive_field for source in inputs if source.receptive_field is not None]
        if len(fields) < len(inputs):
            return None, next(source.unknown for source in inputs if source.receptive_field is None)
        if node.op == "call_module":
            operation: Any = self.module.get_submodule(str(node.target))
            kind, settings = of_module(operation)
        else:
            operation = node.target
            kind, settings = of_function(node)
        # where the last two axes stay as long as they were, a new shape leaves rows and columns where they are
        if (
            kind in ("pixelwise", "reshaped")
            and value.ndim > 2
            and all(field.units == tuple(value.shape[-2:]) for field in fields)
        ):
            return _meet(fields), ""
        if kind == "shuffle" and value.ndim == 5:  # (image, channel, group, row, column)
            return fields[0], ""
        if kind == "window" and len(fields) == 1:
            return _slide(fields[0], settings, value.shape[2:]), ""
        if kind == "grid" and len(fields) == 1:
            return _pool_to_grid(fields[0], value.shape[2:]), ""
        if kind == "padding" and len(fields) == 1:
            return _pad(fields[0], settings["padding"]), ""
        if kind == "global" and len(fields) == 1:
            return _pool_to_grid(fields[0], (1, 1)), ""
        if kind in ("flat", "pixelwise", "reshaped") and value.ndim == 2:
            return _meet([_pool_to_grid(field, (1, 1)) for field in fields]), ""
        name = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", str(node.target))
        if isinstance(operation, nn.Module):
            name = f"{node.target} ({type(operation).__name__})"
        return None, f"{name}, whose receptive field is not known"


def _slide(field: ReceptiveField, settings: Mapping[str, Any], shape: Iterable[int]) -> ReceptiveField:
    """After a convolution or pooling with a kernel of fixed size; ``shape`` is that of its output."""
    numbers = [pair(settings[name]) for name in ("kernel", "stride", "padding", "dilation")]
    axes = []
    for axis, units, kernel, stride, padding, dilation in zip(
        (field.rows, field.columns), shape, *numbers, strict=True
    ):
        taps = np.arange(units)[:, None] * stride - padding + np.arange(kernel) * dilation  # (unit, tap)
        axes.append(axis.through(taps, stride=stride))
    return ReceptiveField(*axes)


def _pool_to_grid(field: ReceptiveField, shape: Iterable[int]) -> ReceptiveField:
    """After pooling to a grid of this shape: unit p of n looks at positions from ⌊p m / n⌋ to ⌈(p + 1) m / n⌉."""
    axes = []
    for axis, units in zip((field.rows, field.columns), shape, strict=True):
        length = len(axis.first)
        unit = np.arange(units)
        low, high = unit * length // units, -(-(unit + 1) * length // units)
        taps = np.minimum(low[:, None] + np.arange((high - low).max()), high[:, None] - 1)  # (unit, tap)
        axes.append(axis.through(taps, stride=Fraction(length, units)))
    return ReceptiveField(*axes)


def _pad(field: ReceptiveField, padding: tuple[int, int, int, int]) -> ReceptiveField:
    left, right, top, bottom = padding
    axes = []
    for axis, before, after in ((field.rows, top, bottom), (field.columns, left, right)):
        taps = np.arange(-before, len(axis.first) + after)[:, None]
        axes.append(axis.through(taps, stride=1))
    return ReceptiveField(*axes)


def _meet(fields: list[ReceptiveField]) -> ReceptiveField:
    met = fields[0]
    for field in fields[1:]:
        met = ReceptiveField(met.rows.joined(field.rows), met.columns.joined(field.columns))
    return met
