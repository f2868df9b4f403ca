"""Layers by name: those of ``network.named_modules()``, the same everywhere.

Around a network there may be a wrapper (DataParallel, ``torch.compile``). Layers then go by their names in the network
inside; names that begin with the wrapper's own, such as ``module.`` or ``_orig_mod.``, are taken, too. A layer that is
kept under two names goes by either.
"""

from __future__ import annotations

from collections.abc import Iterable

from torch import jit, nn
from torch.nn.parallel import DataParallel, DistributedDataParallel

from helpers.errors import BadInput, nearest


class UnknownLayer(BadInput):
    """A layer name that the network does not have."""


class CannotLookInside(BadInput):
    """A network whose layers do not run in Python, where hooks could see them."""


def unwrapped(network: nn.Module) -> nn.Module:
    """The network inside of DataParallel, DistributedDataParallel and ``torch.compile``.

    Raises BadInput for what is no network.
    """
    if not isinstance(network, nn.Module):
        raise BadInput(f"a network is an nn.Module; this is of type {type(network).__name__}")
    while True:
        if isinstance(network, DataParallel | DistributedDataParallel):
            network = network.module
        elif isinstance(inner := getattr(network, "_orig_mod", None), nn.Module):  # of torch.compile
            network = inner
        else:
            return network


def named_layers(network: nn.Module) -> dict[str, nn.Module]:
    """Every layer under each of its names; the network itself is the empty name."""
    return dict(unwrapped(network).named_modules(remove_duplicate=False))


def hookable(network: nn.Module) -> dict[nn.Module, str]:
    """Every layer that takes hooks, which those in TorchScript do not, and its first name."""
    return {module: name for name, module in network.named_modules() if not isinstance(module, jit.ScriptModule)}


def named_layer(network: nn.Module, name: str) -> nn.Module:
    """The layer of that name.

    Raises UnknownLayer, with the nearest names, if there is none, and CannotLookInside for a layer in
    TorchScript, which takes no hooks.
    """
    return chosen_layers(network, [name])[name]


def chosen_layers(network: nn.Module, names: Iterable[str]) -> dict[str, nn.Module]:
    """The layers of these names. Raises what :func:`named_layer` does."""
    layers = named_layers(network)
    return {name: _found(layers, name) for name in names}


def _found(layers: dict[str, nn.Module], name: str) -> nn.Module:
    short = name
    while short not in layers and short.startswith(("module.", "_orig_mod.")):
        short = short.partition(".")[2]
    if short not in layers:
        raise UnknownLayer(unknown_layer(name, list(layers)))
    parts = short.split(".") if short else []
    if any(isinstance(layers[".".join(parts[:depth])], jit.ScriptModule) for depth in range(len(parts) + 1)):
        raise CannotLookInside(f"the layer {name} runs inside of TorchScript; give the Python module it was made from")
    return layers[short]


def unknown_layer(name: str, known: list[str]) -> str:
    """The sentence on a name that is none of the known ones."""
    listed = [each for each in known if each]
    hint = nearest(name, listed) or f"its layers are {', '.join(listed[:20])}{' …' if len(listed) > 20 else ''}"
    return f"the network has no layer {name!r}; {hint}"
