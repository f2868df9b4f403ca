"""Which layers of a network have units: its convolutions, in the order in which they end."""

from __future__ import annotations

from dataclasses import dataclass

from torch import fx, nn

from helpers.errors import BadInput
from helpers.hooks.call_graph import CallGraph, CannotTrace, call_graph
from helpers.hooks.layer_table import Layer, layers
from helpers.models.googlenet import BLOCKS, GoogLeNet, in_identities
from helpers.models.pretrained import Pretrained

_BEFORE = "_pre_relu"  # how Inception V1 calls a convolution, whose units go by the name behind the ReLU
_RELU = frozenset({"relu", "relu_"})


class NoUnits(BadInput):
    """A network that has no units that could be shown."""


@dataclass(frozen=True, kw_only=True)
class UnitLayer:
    """The units of one convolution.

    name: as readers call it. identity: as it stands in the identity of a unit.
    recorded: the module whose output is looked at, the convolution or the batch normalisation behind it.
    first: the number of its first unit among those of all layers.
    channels: how many channels the convolution takes.
    rectified: whether a ReLU follows, so that a response below 0 is one of 0.
    seen: what the recorded module gives, and how much of the image it sees.
    """

    name: str
    identity: str
    block: str | None
    convolution: str
    recorded: str
    first: int
    units: int
    kernel: tuple[int, int]
    channels: int
    rectified: bool
    seen: Layer

    @property
    def numbers(self) -> slice:
        """The places of its units among those of all layers."""
        return slice(self.first, self.first + self.units)


def traced(network: nn.Module) -> CallGraph | None:
    """The graph of a network's calls, with normalisations as one call each; None where it cannot be traced."""
    try:
        return call_graph(network, is_one_call=lambda module: isinstance(module, nn.LocalResponseNorm))
    except CannotTrace:
        return None


def unit_layers(loaded: Pretrained, graph: CallGraph | None, size: int) -> list[UnitLayer]:
    """The layers of a network that have units.

    graph: of its calls, from :func:`traced`. size: the side of the images, in pixels.

    Raises NoUnits for a network without convolutions over images, and FieldError for one that does not run.
    """
    table = {layer.name: layer for layer in layers(loaded.network, size)}
    modules, found, first = dict(loaded.network.named_modules()), list[UnitLayer](), 0
    for name, listed in table.items():
        module = modules.get(name)
        if not isinstance(module, nn.Conv2d) or len(listed.positions) != 2:
            continue
        recorded, rectified = _behind(graph, name)
        recorded = recorded if recorded in table else name
        called = name.removesuffix(_BEFORE) if isinstance(loaded.network, GoogLeNet) else name
        block = called.partition("_")[0]
        rows, columns = module.kernel_size
        found.append(
            UnitLayer(
                name=called,
                identity=in_identities(called) if isinstance(loaded.network, GoogLeNet) else called,
                block=block if block in BLOCKS and isinstance(loaded.network, GoogLeNet) else None,
                convolution=name,
                recorded=recorded,
                first=first,
                units=module.out_channels,
                kernel=(rows, columns),
                channels=module.in_channels,
                rectified=rectified,
                seen=table[recorded],
            )
        )
        first += module.out_channels
    if not found:
        raise NoUnits(f"{loaded.name} has no convolution over images; units of convolutions are what is shown.")
    return found


def _behind(graph: CallGraph | None, convolution: str) -> tuple[str, bool]:
    """What to look at in place of a convolution: the batch normalisation behind it; and whether a ReLU follows."""
    if graph is None or convolution not in graph.ends:
        return convolution, False
    modules = dict(graph.module.named_modules())
    node, name = graph.ends[convolution], convolution
    if len(node.users) == 1:
        behind = next(iter(node.users))
        if behind.op == "call_module" and isinstance(modules[str(behind.target)], nn.BatchNorm2d):
            node, name = behind, str(behind.target)
    return name, bool(node.users) and all(_is_relu(user, modules) for user in node.users)


def _is_relu(node: fx.Node, modules: dict[str, nn.Module]) -> bool:
    if node.op == "call_module":
        return isinstance(modules[str(node.target)], nn.ReLU)
    return getattr(node.target, "__name__", str(node.target)) in _RELU
