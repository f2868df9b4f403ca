"""Classification networks of timm by their names, ``timm/NAME``, where timm is installed (an optional extra)."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import torch
from torch import nn

from helpers.errors import first_line, nearest
from helpers.models.preprocessing import TORCHVISION, Preprocessing
from helpers.models.pretrained.downloads import Unreachable
from helpers.models.pretrained.weights import WeightsError

PREFIX = "timm/"


def _timm() -> ModuleType:
    try:
        return importlib.import_module("timm")
    except ImportError:
        raise WeightsError("Networks of timm need timm, which is not installed here (pip install timm).") from None


def require(name: str) -> None:
    """Raise WeightsError, with the nearest names, for a name (without the prefix) that timm does not have."""
    known = _timm().list_models(pretrained=False)
    if name.partition(".")[0] not in known:
        hint = nearest(name, known) or "timm.list_models() has the names"
        raise WeightsError(f"timm has no network {name!r}; {hint}.")


def build(name: str, *, classes: int, channels: int | None, seed: int | None, **options: Any) -> nn.Module:
    """A network of timm with random weights. Raises what timm raises for options that it does not take."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed or 0)
        return _timm().create_model(name, pretrained=False, num_classes=classes, in_chans=channels or 3, **options)


def published(name: str) -> tuple[nn.Module, Preprocessing]:
    """A network with timm's own weights for ImageNet, from its cache or downloaded. Raises Unreachable."""
    try:
        network = _timm().create_model(name, pretrained=True)
    except Exception as error:  # no network, no weights under that name, a hub that answers with something else
        raise Unreachable(
            f"timm's weights for {name} could not be had ({type(error).__name__}: {first_line(error)})"
        ) from None
    return network, preprocessing(network)


def preprocessing(network: nn.Module) -> Preprocessing:
    """What a network of timm expects of an image, as timm notes it beside the network."""
    notes = getattr(network, "pretrained_cfg", None) or {}
    size = notes.get("input_size", (3, TORCHVISION.size, TORCHVISION.size))[-1]
    return Preprocessing(
        size=size,
        mean=tuple(notes.get("mean", TORCHVISION.mean)),
        std=tuple(notes.get("std", TORCHVISION.std)),
    )
