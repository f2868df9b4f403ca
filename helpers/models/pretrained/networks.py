"""A network that is ready to be looked into, and what belongs to it."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from helpers.models.preprocessing import Preprocessing
from helpers.models.pretrained import torchvision_networks
from helpers.models.pretrained.weights import Weights


@dataclass(frozen=True, kw_only=True)
class Pretrained:
    """A network that is ready to be looked into, and what belongs to it.

    network: in eval mode, with frozen parameters; no layer overwrites its input.
    name: the canonical name of its architecture.
    preprocessing: makes the network's input of RGB images from 0 to 1, and images of inputs.
    class_names: one name per output; empty where the network ends before its classes.
    weights: where the weights were found.
    """

    network: nn.Module
    name: str
    preprocessing: Preprocessing
    class_names: tuple[str, ...]
    weights: Weights


def class_names(classes: int) -> tuple[str, ...]:
    """ImageNet's class names for 1,000 classes; numbers where the names are not known."""
    imagenet = torchvision_networks.class_names()
    return imagenet if classes == len(imagenet) else tuple(f"class {number}" for number in range(classes))
