"""Which units a unit reads, and by which it is read: along the calls of a network, as far as they are certain.

Certain is the way through what leaves channels where they are (non-linearities, pooling, normalisation, dropout) and
through concatenations. Behind a sum, as in a residual network, a channel is no single unit's, and nothing is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, fx, nn

from helpers.hooks.call_graph import CallGraph
from workflow.units.layers import UnitLayer

NONE = -1  # where there are fewer neighbours
_KEEP = (
    *(nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.PReLU, nn.ELU, nn.SiLU, nn.GELU, nn.Hardswish, nn.Sigmoid, nn.Tanh),
    *(nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d, nn.ZeroPad2d, nn.ReflectionPad2d),
    *(nn.BatchNorm2d, nn.LocalResponseNorm, nn.Dropout, nn.Dropout2d, nn.Identity, nn.Softplus, nn.Mish),
)
_KEEPING = frozenset(
    {
        *("relu", "relu_", "relu6", "leaky_relu", "silu", "gelu", "hardswish", "sigmoid", "tanh", "dropout"),
        *("max_pool2d", "_max_pool2d", "boolean_dispatch", "avg_pool2d", "adaptive_avg_pool2d"),
        *("contiguous", "clone"),
    }
)


class Neighbours(NamedTuple):
    """Of each unit those that weigh most, the strongest first.

    unit: their numbers among the units of all layers, ``NONE`` where there are fewer.
    weight: the sum of the weights from one to the other, as a share of the sum of the absolute weights of the reader.
    strength: the same of absolute weights, from 0 to 1, by which they are ranked.
    """

    unit: Int[Tensor, "unit rank"]
    weight: Float[Tensor, "unit rank"]
    strength: Float[Tensor, "unit rank"]


def sources(graph: CallGraph | None, layers: Sequence[UnitLayer]) -> dict[str, list[int] | None]:
    """For each layer the units whose outputs its channels are, in order; None where that is not certain."""
    if graph is None:
        return {layer.name: None for layer in layers}
    walk = _Walk(graph, layers)
    found = {}
    for layer in layers:
        end = graph.ends.get(layer.convolution)
        of = walk.units(end.args[0]) if end is not None and end.args else None
        found[layer.name] = of if of is not None and len(of) == layer.channels else None
    return found


def see_colours(graph: CallGraph | None, layers: Sequence[UnitLayer]) -> set[str]:
    """The layers that take the image itself, of three colours: of a network without a graph, the first."""
    coloured = [layer for layer in layers if layer.channels == 3]
    if graph is None:
        return {layer.name for layer in coloured if layer.first == 0}
    walk = _Walk(graph, layers)
    ends = {layer.name: graph.ends[layer.convolution] for layer in coloured if layer.convolution in graph.ends}
    return {name for name, end in ends.items() if end.args and walk.is_image(end.args[0])}


def neighbours(
    network: nn.Module, layers: Sequence[UnitLayer], read: dict[str, list[int] | None], count: int = 6
) -> tuple[Neighbours, Neighbours]:
    """What feeds each unit, and what it feeds; over the units of all layers.

    read: from :func:`sources`.
    """
    units = sum(layer.units for layer in layers)
    below, above = _Best(units, count), _Best(units, count)
    for layer in layers:
        named = read[layer.name]
        if named is None:
            continue
        convolution = network.get_submodule(layer.convolution)
        assert isinstance(convolution, nn.Conv2d)
        kernel = convolution.weight.detach().float().cpu()  # (unit, channel of the group, row, column)
        strength, weight = kernel.abs().sum((2, 3)), kernel.sum((2, 3))
        whole = strength.sum(1, keepdim=True).clamp(min=torch.finfo(torch.float32).tiny)
        strength, weight = strength / whole, weight / whole
        each = kernel.shape[1]
        for group in range(convolution.groups):
            rows = layer.units // convolution.groups
            own = slice(group * rows, (group + 1) * rows)
            readers = torch.arange(own.start, own.stop) + layer.first
            fed_by = torch.tensor(named[group * each : (group + 1) * each])
            below.take(readers, fed_by, strength[own], weight[own])
            above.take(fed_by, readers, strength[own].T, weight[own].T)
    return below.found(), above.found()


class _Best:
    """The strongest neighbours so far, of all units."""

    def __init__(self, units: int, count: int) -> None:
        self.unit = torch.full((units, count), NONE)
        self.weight, self.strength = torch.zeros(units, count), torch.full((units, count), -1.0)

    def take(self, to: Tensor, others: Tensor, strength: Tensor, weight: Tensor) -> None:
        """Take in how strongly ``others`` are tied to each of the units ``to``; matrices (to, other)."""
        all_strength = torch.cat([self.strength[to], strength], 1)
        kept, order = all_strength.topk(self.unit.shape[1], dim=1)
        self.strength[to] = kept
        self.weight[to] = torch.cat([self.weight[to], weight], 1).gather(1, order)
        self.unit[to] = torch.cat([self.unit[to], others.expand(len(to), -1)], 1).gather(1, order)

    def found(self) -> Neighbours:
        return Neighbours(self.unit, self.weight, self.strength.clamp(min=0))


class _Walk:
    """Goes back from a node of the graph to the units that its channels are."""

    def __init__(self, graph: CallGraph, layers: Sequence[UnitLayer]) -> None:
        self.modules = dict(graph.module.named_modules())
        self.own = {layer.convolution: layer for layer in layers}
        self.known: dict[fx.Node, list[int] | None] = {}

    def units(self, node: object) -> list[int] | None:
        if not isinstance(node, fx.Node):
            return None
        if node not in self.known:
            self.known[node] = self._units(node)
        return self.known[node]

    def is_image(self, node: object) -> bool:
        """Whether a node is the image, padded perhaps."""
        while isinstance(node, fx.Node) and node.op == "call_module":
            if not isinstance(self.modules[str(node.target)], _KEEP):
                return False
            node = node.args[0]
        return isinstance(node, fx.Node) and node.op == "placeholder"

    def _units(self, node: fx.Node) -> list[int] | None:
        if node.op == "call_module" and (layer := self.own.get(str(node.target))):
            return list(range(layer.first, layer.first + layer.units))
        if node.op == "call_module" and isinstance(self.modules[str(node.target)], _KEEP):
            return self.units(node.args[0])
        called = getattr(node.target, "__name__", str(node.target))
        if node.op in ("call_function", "call_method") and called in _KEEPING and node.args:
            return self.units(node.args[0])
        axis = node.kwargs.get("dim", node.args[1] if len(node.args) > 1 else 0)
        if node.op == "call_function" and called in ("cat", "concat") and axis in (1, -3):
            given = node.args[0] if node.args else node.kwargs.get("tensors")
            parts = [self.units(part) for part in given] if isinstance(given, list | tuple) else [None]
            return None if None in parts else [unit for part in parts if part is not None for unit in part]
        return None
