"""How many channels the images of a network have."""

from __future__ import annotations

import math
from typing import Any

from torch import Tensor, nn
from torch.nn.parameter import UninitializedParameter

from helpers.hooks.modes import inspecting
from helpers.hooks.names import hookable, unwrapped
from helpers.hooks.windows import Span, pair


def channels(network: nn.Module, size: int | Span = 64) -> int:
    """The number of channels of a network's images, which its first weights tell; 3 where they do not.

    size: height and width of images that the network takes. It is run up to its first weights, with images of as many
    channels as could be.
    """
    network = unwrapped(network)
    layers = [module for module in network.modules() if not isinstance(module, nn.Linear)]
    first = next((wanted for module in layers if (wanted := _wanted(module)) is not None), 3)
    counts = [n for n in dict.fromkeys([3, first, 1, 2, 4, first // 4, first // 9, first // 16]) if n]
    for count in counts:
        reached, _ = _run(network, count, pair(size))
        if reached is None:
            continue
        layer, shape = reached
        if isinstance(layer, nn.Linear) and len(shape) == 2:
            return _of_flattened(layer.in_features)
        axis = -1 if isinstance(layer, nn.Linear) else 1
        if len(shape) > 2 and shape[axis] == _wanted(layer):
            return count
    return next((count for count in counts if _run(network, count, pair(size))[1]), first)


def _wanted(module: nn.Module) -> int | None:
    """How many channels (for a fully connected layer, entries) a layer takes; None for a layer that takes any."""
    weight = getattr(module, "weight", None)
    if isinstance(module, nn.modules.batchnorm._BatchNorm | nn.InstanceNorm2d):
        return module.num_features
    if isinstance(module, nn.Linear):
        return module.in_features
    if isinstance(module, nn.GroupNorm):
        return module.num_channels
    if isinstance(module, nn.modules.conv._ConvTransposeNd):
        return module.in_channels
    if isinstance(weight, Tensor) and not isinstance(weight, UninitializedParameter) and weight.dim() == 4:
        return weight.shape[1] * getattr(module, "groups", 1)
    return None


class _Reached(Exception):
    """Ends a run at the first layer with weights."""


def _run(network: nn.Module, count: int, size: Span) -> tuple[tuple[nn.Module, tuple[int, ...]] | None, bool]:
    """The first layer with weights that images of so many channels come to, and the shape of what it takes; and
    whether the network runs to the end on them, where it comes to no such layer."""
    found: tuple[nn.Module, tuple[int, ...]] | None = None

    def look(module: nn.Module, inputs: tuple[Any, ...]) -> None:
        nonlocal found
        if inputs and isinstance(inputs[0], Tensor):
            found = module, tuple(inputs[0].shape)
            raise _Reached

    with inspecting(network) as images:
        layers = [module for module in hookable(network) if _wanted(module) is not None]
        handles = [layer.register_forward_pre_hook(look) for layer in layers]
        try:
            network(images(count, size))
            return None, True
        except Exception:  # a forward method may do anything, with a wrong number of channels all the more
            pass
        finally:
            for handle in handles:
                handle.remove()
    return found, False


def _of_flattened(entries: int) -> int:
    """Channels of square images that have so many entries."""
    return next((n for n in (3, 1, 4, 2) if entries % n == 0 and math.isqrt(entries // n) ** 2 * n == entries), 3)
