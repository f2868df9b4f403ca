"""The part of a network behind a layer, and networks in which some units are set to a value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, fx, nn


class Fixed(NamedTuple):
    """Units of a layer, and the value that each of them is set to at all positions and in all images."""

    units: Int[Tensor, " some"]
    values: Float[Tensor, " some"]

    def of(self, output: Tensor) -> Tensor:
        """A copy of what the layer gives out, (image, unit, row, column), with these units set."""
        changed = output.clone()
        changed[:, self.units] = self.values.to(output)[None, :, None, None]
        return changed


class _Layers(fx.Tracer):
    """Traces the calls of layers without layers of their own, and looks into none of these."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return not any(True for _ in m.children())


def tail(network: nn.Module, layer: str) -> nn.Module | None:
    """The part of a network behind a layer: from what the layer gives out to the network's output.

    None for a network that cannot be traced, for a layer that runs more than once, and where the output depends on the
    input by another way too.
    """
    try:
        graph = _Layers().trace(network)
    except Exception:  # a forward method may do anything
        return None
    calls = [node for node in graph.nodes if node.op == "call_module" and node.target == layer]
    if len(calls) != 1:
        return None
    with graph.inserting_before(calls[0]):
        begin = graph.placeholder("cut")
    calls[0].replace_all_uses_with(begin)
    module = fx.GraphModule(network, graph)
    module.graph.eliminate_dead_code()
    for node in [node for node in module.graph.nodes if node.op == "placeholder" and node.target != "cut"]:
        if node.users:
            return None
        module.graph.erase_node(node)
    module.recompile()
    return module


@contextmanager
def fixed(network: nn.Module, changes: Mapping[str, Fixed]) -> Iterator[None]:
    """Within the block, units of the named layers have the values given; behind it the network is as before."""
    modules = dict(network.named_modules())
    handles = [
        modules[layer].register_forward_hook(lambda _module, _inputs, output, change=change: change.of(output))
        for layer, change in changes.items()
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def answers(
    network: nn.Module,
    behind: nn.Module | None,
    layer: str,
    at_layer: Float[Tensor, "image unit row column"],
    x: Float[Tensor, "image channel height width"],
    changes: Mapping[str, Fixed],
) -> Float[Tensor, "image class"]:
    """The network's output with some units set, of which ``layer`` is the first layer.

    behind: the part behind that layer, which is run from ``at_layer``, what the layer gives out to the images; without
    it the whole network is run on ``x``, its input.
    """
    with (
        torch.no_grad(),
        fixed(network, {name: each for name, each in changes.items() if behind is None or name != layer}),
    ):
        if behind is None:
            return network(x)
        return behind(changes[layer].of(at_layer) if layer in changes else at_layer)
