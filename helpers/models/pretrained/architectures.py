"""The networks that are known by name.

``vgg16`` and ``googlenet`` are this package's own; everything else is torchvision's, by its name there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from helpers.errors import BadInput, nearest
from helpers.models.googlenet import GoogLeNet
from helpers.models.initialisation import he_normal_
from helpers.models.pretrained import torchvision_networks
from helpers.models.vgg import VGG16

OWN: dict[str, type[nn.Module]] = {"vgg16": VGG16, "googlenet": GoogLeNet}
TORCHVISION_PREFIX = "torchvision/"


class UnknownNetwork(BadInput):
    """A name that no network goes by."""


def canonical_name(name: str) -> str:
    """The one name by which this package keeps a network: ``resnet18`` for ``torchvision/resnet18``.

    ``torchvision/vgg16`` and ``torchvision/googlenet`` keep their prefix, because ``vgg16`` and ``googlenet`` are
    networks of this package. Raises UnknownNetwork, with the nearest names, for a name that no network has.
    """
    bare = name.removeprefix(TORCHVISION_PREFIX)
    if name in OWN or (name.startswith(TORCHVISION_PREFIX) and bare in OWN):
        return name
    if bare in torchvision_networks.names():
        return bare
    names = [*OWN, *(TORCHVISION_PREFIX + own for own in OWN), *torchvision_networks.names()]
    hint = nearest(name, names) or "allowed are vgg16, googlenet and torchvision's names"
    raise UnknownNetwork(f"There is no network {name!r}; {hint}.")


def build(name: str, *, classes: int, options: Mapping[str, Any], seed: int | None = None) -> nn.Module:
    """A network by its canonical name.

    options: those of :class:`VGG16` or :class:`GoogLeNet`; torchvision's networks take none.
    seed: decides random weights. Without a seed, our own networks have no values yet (they stand on "meta"), and
    torchvision's have those of seed 0.
    """
    if name not in OWN:
        return torchvision_networks.build(name.removeprefix(TORCHVISION_PREFIX), classes=classes, seed=seed or 0)
    with torch.device("meta"):  # what is filled later needs no values now
        network = OWN[name](classes=classes, **options)
    if seed is not None:
        network = network.to_empty(device="cpu")
        he_normal_(network, seed=seed)
    return network
