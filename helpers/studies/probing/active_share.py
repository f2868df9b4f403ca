"""How many units are active in the layers of any network (probing, section 5, figure 6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import torch
from jaxtyping import Float
from torch import Tensor, fx, nn

from helpers.errors import BadInput
from helpers.hooks.call_graph import CannotTrace, call_graph
from helpers.hooks.deep_layer import NON_LINEARITIES
from helpers.hooks.layer_table import Layer, layers
from helpers.hooks.recording import first_tensor, named_layer, record
from helpers.hooks.unit_axis import units_first

# What gives only one sign says nothing about activity: gates.
_GATES = {"Sigmoid", "Hardsigmoid", "LogSigmoid", "Softplus"}
_KINDS = (NON_LINEARITIES - _GATES) | {"NonLinearity"}
_FUNCTIONS = {
    "relu",
    "relu6",
    "gelu",
    "silu",
    "hardswish",
    "elu",
    "selu",
    "celu",
    "leaky_relu",
    "mish",
    "hardtanh",
    "tanh",
}


class NothingActive(BadInput):
    """A network without a layer of which can be said that a unit is active."""


class NonLinearity(nn.Identity):
    """Stands behind a non-linearity that is a function, so that what it gives has a name."""


def with_functions_as_layers(network: nn.Module) -> nn.Module:
    """The network itself, or one that computes the same with a layer behind every non-linearity that is a function.

    Parameters are shared. Functions inside of what cannot be traced stay without a layer.
    """
    try:
        traced = call_graph(network).module
    except CannotTrace:
        return network
    functions = [node for node in traced.graph.nodes if _is_non_linear(node)]
    for node in functions:
        name = node.name
        while hasattr(traced, name):
            name += "_"
        traced.add_module(name, NonLinearity())
        with traced.graph.inserting_after(node):
            behind = traced.graph.call_module(name, (node,))
        node.replace_all_uses_with(behind, delete_user_cb=lambda user, behind=behind: user is not behind)
    traced.recompile()
    return traced.eval() if functions else network


def _is_non_linear(node: fx.Node) -> bool:
    if node.op not in ("call_function", "call_method"):
        return False
    name = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", "")
    return name.strip("_") in _FUNCTIONS


def non_linear_layers(network: nn.Module, size: int) -> list[Layer]:
    """The layers that are non-linearities, in their order: where they give more than 0, a unit is active.

    Gates, which are above 0 always, are none of them. Layers without positions count only where no layer has any.

    Raises NothingActive for a network without any, and FieldError for one that does not run on images of this size.
    """
    found = [each for each in layers(network, size) if each.kind in _KINDS]
    placed = [each for each in found if each.positions]
    if not found:
        raise NothingActive(
            f"{type(network).__name__} has no non-linearity such as ReLU, GELU or SiLU that is a layer or that can be "
            "traced, so that no unit of it can be called active"
        )
    return placed or found


def active_shares(
    network: nn.Module, listed: Sequence[str], inputs: Iterable[Float[Tensor, "_ channel row column"]]
) -> Float[Tensor, "image call"]:
    """Share of the activations above 0 in every call of these layers, the calls of one after those of another.

    inputs: of the network, some at a time. Nothing but shares is kept of them.
    """
    shares = []
    for part in inputs:
        calls: dict[str, list[Tensor]] = {name: [] for name in listed}

        def note(name: str, _given: Tensor, output: Tensor, calls: dict[str, list[Tensor]] = calls) -> None:
            calls[name].append((output > 0).float().flatten(1).mean(dim=1))

        _watch(network, {name: named_layer(network, name) for name in listed}, note, part)
        shares.append(torch.stack([share for name in listed for share in calls[name]], dim=1))
    return torch.cat(shares).cpu()


def calls_of(listed: Sequence[Layer]) -> list[str]:
    """A name for every column of :func:`active_shares`."""
    return [
        name
        for layer in listed
        for name in ([f"{layer.name} ({k})" for k in range(1, layer.calls + 1)] if layer.calls > 1 else [layer.name])
    ]


def one_image(
    network: nn.Module, listed: Sequence[Layer], image: Float[Tensor, "1 channel row column"]
) -> dict[str, Tensor]:
    """What every call of these layers gives for one image, (unit, *position), by the names of :func:`calls_of`."""
    with record(network, [each.name for each in listed], call="all", stop=True) as outputs:
        network(image)
    given = [units_first(output, each.unit_axis)[0] for each in listed for output in outputs[each.name]]
    return dict(zip(calls_of(listed), given, strict=True))


def _watch(
    network: nn.Module, watched: Mapping[str, nn.Module], note: Callable[[str, Tensor, Tensor], None], inputs: Tensor
) -> None:
    """Run the network once, and tell ``note`` the name, the input and the output of each of these layers' calls."""

    def hook(name: str) -> Callable[..., None]:
        return lambda _module, given, output: note(name, given[0], first_tensor(output, name))

    handles = [module.register_forward_hook(hook(name)) for name, module in watched.items()]
    try:
        with torch.no_grad():
            network(inputs)
    finally:
        for handle in handles:
            handle.remove()
