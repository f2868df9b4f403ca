"""The networks that are known by name.

``vgg16`` and ``googlenet`` are this package's own; everything else is torchvision's, by its name there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from helpers.errors import BadInput, nearest
from helpers.models.googlenet import GoogLeNet
from helpers.models.initialisation import he_normal_
from helpers.models.pretrained import stems, timm_networks, torchvision_networks
from helpers.models.vgg import VGG16

OWN: dict[str, type[nn.Module]] = {"vgg16": VGG16, "googlenet": GoogLeNet}
TORCHVISION_PREFIX = "torchvision/"


class UnknownNetwork(BadInput):
    """A name that no network goes by."""


def canonical_name(name: str) -> str:
    """The one name by which this package keeps a network: ``resnet18`` for ``torchvision/resnet18``.

    ``torchvision/vgg16`` and ``torchvision/googlenet`` keep their prefix, because ``vgg16`` and ``googlenet`` are
    networks of this package. Raises UnknownNetwork, with the nearest names, for a name that no network has, and
    WeightsError for ``timm/NAME`` where timm is not installed or has no such network.
    """
    if name.startswith(timm_networks.PREFIX):
        timm_networks.require(name.removeprefix(timm_networks.PREFIX))
        return name
    bare = name.removeprefix(TORCHVISION_PREFIX)
    if name in OWN or (name.startswith(TORCHVISION_PREFIX) and bare in OWN):
        return name
    if bare in torchvision_networks.names():
        return bare
    shown = f"{name[:60]}…" if len(name) > 60 else name
    raise UnknownNetwork(f"There is no network {shown!r}; {_hint(name)}.")


def _hint(name: str) -> str:
    """The names that are like this one, first those that differ in capitals, hyphens and underscores alone."""
    names = list(dict.fromkeys([*OWN, *(TORCHVISION_PREFIX + own for own in OWN), *torchvision_networks.names()]))
    same = [known for known in names if _plain(known) == _plain(name)]
    if same:
        return f"the nearest name is {same[0]}"
    return nearest(name.lower(), names) or "allowed are vgg16, googlenet, torchvision's names, and timm/NAME"


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def build(name: str, *, classes: int, options: Mapping[str, Any], seed: int | None = None) -> nn.Module:
    """A network by its canonical name.

    options: ``channels`` and ``stem`` (:mod:`.stems`); besides, those of :class:`VGG16` or :class:`GoogLeNet`, or of
        the builder in torchvision or timm.
    seed: decides random weights. Without a seed, our own networks have no values yet (they stand on "meta"), and
        other ones have those of seed 0.

    Raises what the builder raises for options that it does not take.
    """
    begins = {key: value for key, value in options.items() if key in stems.OPTIONS}
    options = {key: value for key, value in options.items() if key not in stems.OPTIONS}
    if name.startswith(timm_networks.PREFIX):
        bare, channels = name.removeprefix(timm_networks.PREFIX), begins.pop("channels", None)
        network = timm_networks.build(bare, classes=classes, channels=channels, seed=seed, **options)
        stems.adapt(network, **begins)
        return network
    if name not in OWN:
        bare = name.removeprefix(TORCHVISION_PREFIX)
        network = torchvision_networks.build(bare, classes=classes, seed=seed or 0, **options)
        stems.adapt(network, **begins)
        return network
    with torch.device("meta"):  # what is filled later needs no values now
        network = OWN[name](classes=classes, **options)
        stems.adapt(network, **begins)
    if seed is not None:
        network = network.to_empty(device="cpu")
        he_normal_(network, seed=seed)
    return network
