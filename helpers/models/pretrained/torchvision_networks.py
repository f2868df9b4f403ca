"""Classification networks of torchvision by their names, without operations that overwrite a layer's output.

torchvision is imported where it is needed only: pages of small networks should not wait for it.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from helpers.models.preprocessing import TORCHVISION, Preprocessing

# Heads that are used while training alone, in the two networks that have them.
_AUXILIARY = ("aux1.", "aux2.", "AuxLogits.")
_WITH_AUXILIARY = ("googlenet", "inception_v3")


@cache
def names() -> tuple[str, ...]:
    """The names of torchvision's classification networks, as torchvision writes them."""
    from torchvision import models

    return tuple(models.list_models(module=models))


@cache
def class_names() -> tuple[str, ...]:
    """The 1,000 classes of ImageNet (ILSVRC 2012) in the usual order, in a few words each."""
    from torchvision import models

    return tuple(models.get_model_weights("squeezenet1_1").DEFAULT.meta["categories"])


def published(name: str) -> tuple[str, Preprocessing]:
    """The url of torchvision's first published weights for a network, and the preprocessing that goes with them.

    The first, not the newest: for VGG-16 and its contemporaries these are the ones the literature speaks of, and
    their preprocessing is the same for nearly all networks.
    """
    from torchvision import models

    weights = next(iter(models.get_model_weights(name)))
    transforms = weights.transforms()
    return weights.url, Preprocessing(
        size=transforms.crop_size[0], mean=tuple(transforms.mean), std=tuple(transforms.std)
    )


def published_digest(name: str) -> str:
    """The first digits of the sha256 of torchvision's published file, in which its name ends."""
    return Path(published(name)[0]).stem.rpartition("-")[2]


def preprocessing(name: str) -> Preprocessing:
    """The preprocessing of a network's published weights."""
    return published(name)[1] if name in names() else TORCHVISION


def published_options(name: str) -> dict[str, Any]:
    """What torchvision builds with its published weights, and not without them.

    ImageNet weights of these two were trained on inputs of another scale, which they convert by themselves.
    """
    return {"transform_input": True} if name in _WITH_AUXILIARY else {}


def build(name: str, *, classes: int, seed: int = 0, **options: Any) -> nn.Module:
    """A network with random weights that depend on the seed alone, ready to be filled and recorded.

    options: those of torchvision's builder, which are otherwise what they are there without weights. No layer works in
    place, what torchvision hides in functions with ``inplace=True`` is replaced, and heads for training alone are off.

    Raises what torchvision raises for options that it does not take.
    """
    from torchvision import models

    if name in _WITH_AUXILIARY:
        options = {"init_weights": False, **options, "aux_logits": False}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = models.get_model(name, weights=None, num_classes=classes, **options)
    _keep_outputs(network)
    return network


def keep_outputs(network: nn.Module) -> None:
    """Switch off ``inplace`` in every layer that has it."""
    for layer in network.modules():
        if getattr(layer, "inplace", False):
            layer.inplace = False  # type: ignore[assignment]


def _keep_outputs(network: nn.Module) -> None:
    # a network's function hides the module of the same name in torchvision.models
    from torchvision.models.densenet import DenseNet
    from torchvision.models.googlenet import BasicConv2d as GoogLeNetUnit
    from torchvision.models.inception import BasicConv2d as InceptionUnit

    keep_outputs(network)
    for layer in network.modules():
        if isinstance(layer, GoogLeNetUnit | InceptionUnit):
            layer.relu = nn.ReLU()
            layer.forward = _convolve_normalise_relu.__get__(layer)
        elif isinstance(layer, DenseNet):
            layer.forward = _dense_forward.__get__(layer)


def _convolve_normalise_relu(self: Any, x: Tensor) -> Tensor:
    return self.relu(self.bn(self.conv(x)))


def _dense_forward(self: Any, x: Tensor) -> Tensor:
    return self.classifier(functional.adaptive_avg_pool2d(functional.relu(self.features(x)), 1).flatten(1))


def current_names(tensors: OrderedDict[str, Tensor]) -> OrderedDict[str, Tensor]:
    """The tensors of a file under the names that torchvision's networks have today, without auxiliary heads.

    The files of DenseNet were written when ``norm1`` was still called ``norm.1``.
    """
    renamed = OrderedDict(
        (re.sub(r"(denselayer\d+\.(?:norm|conv))\.([12]\.)", r"\1\2", name), tensor)
        for name, tensor in tensors.items()
        if not name.startswith(_AUXILIARY)
    )
    if hasattr(tensors, "_metadata"):  # versions of layers, which MNASNet asks for
        renamed._metadata = tensors._metadata  # type: ignore[attr-defined]
    return renamed
