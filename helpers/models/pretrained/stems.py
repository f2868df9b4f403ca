"""How a network begins: users train published architectures on images of other channels, or of few pixels.

``channels`` and ``stem`` are options of every architecture:

    options: {channels: 1}
    options: {stem: {kernel_size: 3, stride: 1, padding: 1, pool: false}}   # ResNets on CIFAR
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

OPTIONS = ("channels", "stem")
_WIDEST = 1000  # pixels
_SETTINGS = ("kernel_size", "stride", "padding", "pool")


def first_convolution(network: nn.Module) -> tuple[str, nn.Conv2d] | None:
    """The name and the layer of the convolution that sees the image, by the order in which layers were made."""
    return next(((name, layer) for name, layer in network.named_modules() if isinstance(layer, nn.Conv2d)), None)


def adapt(network: nn.Module, *, channels: int | None = None, stem: Mapping[str, Any] | None = None) -> None:
    """Replace the first convolution by one for as many channels, or with other settings; its weights are new.

    stem: ``kernel_size``, ``stride`` and ``padding`` of the convolution; ``pool`` false removes the first max pooling.

    Raises ValueError for a setting that is none, and for a network without a convolution.
    """
    if channels is None and not stem:
        return
    if not isinstance(stem or {}, Mapping):
        raise ValueError(f"stem is {stem!r}; it must be a mapping with {', '.join(_SETTINGS)}")
    stem = dict(stem or {})
    if unknown := [name for name in stem if name not in _SETTINGS]:
        raise ValueError(f"stem has no entry {unknown[0]!r}; its entries are {', '.join(_SETTINGS)}")
    if channels is not None and (not isinstance(channels, int) or isinstance(channels, bool) or channels < 1):
        raise ValueError(f"channels is {channels!r}; it must be a whole number above 0")
    for name in ("kernel_size", "stride", "padding"):
        _require_pixels(name, stem.get(name, 1))
    if not isinstance(stem.get("pool", True), bool):
        raise ValueError(f"pool of stem is {stem['pool']!r}; it must be true or false")
    found = first_convolution(network)
    if found is None:
        raise ValueError("there is no convolution whose channels could be changed")
    name, old = found
    taken = channels or old.in_channels
    new = nn.Conv2d(
        taken,
        old.out_channels,
        stem.get("kernel_size", old.kernel_size),
        stride=stem.get("stride", old.stride),
        padding=stem.get("padding", old.padding),
        dilation=old.dilation,  # type: ignore[arg-type]  # a pair, which torch's stubs call a tuple
        groups=old.groups if taken % old.groups == 0 else 1,
        bias=old.bias is not None,
        padding_mode=old.padding_mode,
        device=old.weight.device,
    )
    _put(network, name, new)
    if stem.get("pool", True) is False:
        pool = next((name for name, layer in network.named_modules() if isinstance(layer, nn.MaxPool2d)), None)
        if pool is None:
            raise ValueError("stem says pool: false, but the network has no max pooling")
        _put(network, pool, nn.Identity())


def _require_pixels(name: str, value: object) -> None:
    numbers = value if isinstance(value, list | tuple) and len(value) == 2 else [value]
    least = 0 if name == "padding" else 1
    if not all(isinstance(one, int) and not isinstance(one, bool) and least <= one <= _WIDEST for one in numbers):
        raise ValueError(f"{name} of stem is {value!r}; it must be a whole number, or two, from {least} to {_WIDEST}")


def channels_of(tensors: Mapping[str, Tensor], convolution: str, layer: nn.Conv2d) -> int | None:
    """How many channels the first convolution of a file takes, where that differs from the layer; None where not."""
    weight = tensors.get(f"{convolution}.weight")
    if weight is None or weight.dim() != 4 or weight.shape[1] * layer.groups == layer.in_channels:
        return None
    return int(weight.shape[1]) * layer.groups


def _put(network: nn.Module, name: str, layer: nn.Module) -> None:
    parent, _, last = name.rpartition(".")
    setattr(network.get_submodule(parent), last, layer)
