"""The networks that are known by name, and how their publishers name the tensors of their files.

``vgg16`` and ``googlenet`` are this package's own; everything else is torchvision's, by its name there.
"""

from __future__ import annotations

import difflib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from helpers.errors import BadInput
from helpers.models import googlenet, preprocessing, vgg
from helpers.models.googlenet import GoogLeNet
from helpers.models.initialisation import he_normal_
from helpers.models.preprocessing import Preprocessing
from helpers.models.pretrained import torchvision_networks
from helpers.models.pretrained.checkpoints import rename
from helpers.models.vgg import VGG16

OWN: dict[str, type[nn.Module]] = {"vgg16": VGG16, "googlenet": GoogLeNet}
_PREFIX = "torchvision/"


class UnknownNetwork(BadInput):
    """A name that no network goes by."""


@dataclass(frozen=True, kw_only=True)
class WeightFormat:
    """How a publisher names the layers of an architecture in a file, and what goes with such weights."""

    layers: Mapping[str, str]  # the publisher's name -> ours
    preprocessing: Preprocessing
    options: Mapping[str, Any] = field(default_factory=dict)  # of the architecture
    classes: int = 1000


def _vgg16_torchvision() -> dict[str, str]:
    # features.0 is conv1_1, features.1 its ReLU, ...: everything without tensors counts, too
    chain = [
        name
        for block, (convolutions, _) in enumerate(vgg.BLOCKS, 1)
        for name in [f"{kind}{block}_{n + 1}" for n in range(convolutions) for kind in ("conv", "relu")] + ["pool"]
    ]
    features = {f"features.{place}": name for place, name in enumerate(chain) if name.startswith("conv")}
    return features | {"classifier.0": "fc6", "classifier.3": "fc7", "classifier.6": "fc8"}


def _googlenet_caffe() -> dict[str, str]:
    names = {
        "conv1.7x7_s2": "conv2d0_pre_relu",
        "conv2.3x3_reduce": "conv2d1_pre_relu",
        "conv2.3x3": "conv2d2_pre_relu",
        "loss3.classifier": "fc",
    }
    branches = {"1x1": "1x1", "3x3_reduce": "3x3_bottleneck", "3x3": "3x3"}
    branches |= {"5x5_reduce": "5x5_bottleneck", "5x5": "5x5", "pool_proj": "pool_reduce"}
    for block in googlenet.BLOCKS:
        for theirs, ours in branches.items():
            names[f"inception_{block.removeprefix('mixed')}.{theirs}"] = f"{block}_{ours}_pre_relu"
    return names


def _googlenet_lucid() -> dict[str, str]:
    return {f"{ours}_conv": ours for ours in _googlenet_caffe().values() if ours != "fc"} | {
        "softmax2_pre_activation_matmul": "fc"
    }


def _squeezenet_caffe() -> dict[str, str]:
    places = {2: 3, 3: 4, 4: 6, 5: 7, 6: 9, 7: 10, 8: 11, 9: 12}  # fire2 is features.3, ...
    names = {"conv1": "features.0", "conv10": "classifier.1"}
    for fire, place in places.items():
        names[f"fire{fire}.squeeze1x1"] = f"features.{place}.squeeze"
        names[f"fire{fire}.expand1x1"] = f"features.{place}.expand1x1"
        names[f"fire{fire}.expand3x3"] = f"features.{place}.expand3x3"
    return names


VGG16_TORCHVISION = WeightFormat(layers=_vgg16_torchvision(), preprocessing=preprocessing.TORCHVISION)
VGG16_KERAS_PART = WeightFormat(layers={}, preprocessing=preprocessing.KERAS_VGG, options={"last": "relu2_2"})
GOOGLENET_CAFFE = WeightFormat(layers=_googlenet_caffe(), preprocessing=preprocessing.CAFFE)
GOOGLENET_LUCID = WeightFormat(
    layers=_googlenet_lucid(), preprocessing=preprocessing.LUCID, options={"variant": "lucid"}, classes=1008
)
SQUEEZENET_CAFFE = WeightFormat(layers=_squeezenet_caffe(), preprocessing=preprocessing.CAFFE_SQUEEZENET)

_SPELLINGS = {
    "vgg16": (VGG16_TORCHVISION,),
    "googlenet": (GOOGLENET_CAFFE, GOOGLENET_LUCID),
    "squeezenet1_1": (SQUEEZENET_CAFFE,),
}


def known(name: str) -> str:
    """The name by which the network is kept here: ``torchvision/resnet18`` is ``resnet18``, ``vgg16`` is ours.

    ``torchvision/vgg16`` and ``torchvision/googlenet`` stay as they are: they are other networks than ours, by their
    layers' names at least. Raises UnknownNetwork, with the nearest names, for any other name.
    """
    bare = name.removeprefix(_PREFIX)
    if name in OWN or (name.startswith(_PREFIX) and bare in OWN):
        return name
    if bare in torchvision_networks.names():
        return bare
    choice = [*OWN, *(_PREFIX + own for own in OWN), *torchvision_networks.names()]
    near = difflib.get_close_matches(name, choice, n=3, cutoff=0.5)
    hint = (
        f"the nearest names are {', '.join(near)}" if near else "allowed are vgg16, googlenet and torchvision's names"
    )
    raise UnknownNetwork(f"There is no network {name!r}; {hint}.")


def build(name: str, *, classes: int, options: Mapping[str, Any], seed: int | None = None) -> nn.Module:
    """A network by its known name: to be filled, or with random weights of a seed.

    ``options`` are those of :class:`VGG16` or :class:`GoogLeNet`; torchvision's networks take none.
    """
    if name not in OWN:
        return torchvision_networks.build(name.removeprefix(_PREFIX), classes=classes, seed=seed or 0)
    with torch.device("meta"):  # what is filled later needs no values now
        network = OWN[name](classes=classes, **options)
    if seed is not None:
        network = network.to_empty(device="cpu")
        he_normal_(network, seed=seed)
    return network


def plain(name: str) -> WeightFormat:
    """What goes with weights of a network that name its tensors as the network itself does."""
    if name == "googlenet":
        return WeightFormat(layers={}, preprocessing=preprocessing.CAFFE)
    return WeightFormat(layers={}, preprocessing=torchvision_networks.preprocessing(name.removeprefix(_PREFIX)))


def recognise(name: str, tensors: Mapping[str, Tensor]) -> WeightFormat:
    """The spelling in which most of a file's tensors are written."""
    layers = {tensor.rpartition(".")[0] for tensor in tensors}
    best = max(_SPELLINGS.get(name, ()), key=lambda spelling: len(layers & spelling.layers.keys()), default=None)
    return best if best is not None and layers & best.layers.keys() else plain(name)


def convert_keys(name: str, tensors: OrderedDict[str, Tensor], spelling: WeightFormat) -> OrderedDict[str, Tensor]:
    """The tensors of a file under the names of our network."""
    renamed = rename(tensors, spelling.layers)
    return renamed if name in OWN else torchvision_networks.current_names(renamed)
