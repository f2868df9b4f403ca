"""How publishers name the tensors of their files, and which preprocessing belongs to their weights."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from torch import Tensor, nn

from helpers.models import googlenet, preprocessing, vgg
from helpers.models.preprocessing import Preprocessing
from helpers.models.pretrained import torchvision_networks
from helpers.models.pretrained.architectures import OWN, TORCHVISION_PREFIX
from helpers.models.pretrained.checkpoints import rename


@dataclass(frozen=True, kw_only=True)
class WeightFormat:
    """How a publisher names the layers of an architecture in a file, and what goes with such weights.

    layers: our name of each layer, by the publisher's; a layer that is not listed has the same name.
    preprocessing: what the network was trained with.
    options: those of the architecture.
    classes: how many outputs the weights have.
    """

    layers: Mapping[str, str]
    preprocessing: Preprocessing
    options: Mapping[str, Any] = field(default_factory=dict)
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
VGG16_KERAS = WeightFormat(layers={}, preprocessing=preprocessing.KERAS_VGG, options={"last": "pool5"})
GOOGLENET_CAFFE = WeightFormat(layers=_googlenet_caffe(), preprocessing=preprocessing.CAFFE)
GOOGLENET_LUCID = WeightFormat(
    layers=_googlenet_lucid(), preprocessing=preprocessing.LUCID, options={"variant": "lucid"}, classes=1008
)
SQUEEZENET_CAFFE = WeightFormat(layers=_squeezenet_caffe(), preprocessing=preprocessing.CAFFE_SQUEEZENET)

# The thirteen convolutions of the original VGG-16 in a file that names no publisher: its digest tells the input.
VGG16_KERAS_DIGEST = "543e076180747ba1b5aea2872f79e29daeb0a81019875fab4a43988e4871d15c"
_BY_DIGEST = {VGG16_KERAS_DIGEST: VGG16_KERAS}

# Published formats by architecture, besides the one in which a file has the network's own names.
_FORMATS = {
    "vgg16": (VGG16_TORCHVISION,),
    "googlenet": (GOOGLENET_CAFFE, GOOGLENET_LUCID),
    "squeezenet1_1": (SQUEEZENET_CAFFE,),
}


def native(name: str) -> WeightFormat:
    """The format of a file in which the layers have the names that they have in the network itself."""
    if name == "googlenet":
        return WeightFormat(layers={}, preprocessing=preprocessing.CAFFE)
    return WeightFormat(
        layers={}, preprocessing=torchvision_networks.preprocessing(name.removeprefix(TORCHVISION_PREFIX))
    )


def published_by_torchvision(name: str) -> WeightFormat:
    """The format of torchvision's own file for a network of torchvision (its name without a prefix)."""
    return replace(native(name), options=torchvision_networks.published_options(name))


def recognise(name: str, tensors: Mapping[str, Tensor], *, digest: str = "") -> WeightFormat:
    """The format of the published file with this digest, else the one that knows most of a file's layers.

    A user's file is in the network's own format where no other knows any of its layers. It then has none of the
    options that go with published weights, such as torchvision's ``transform_input``.
    """
    if digest in _BY_DIGEST:
        return _BY_DIGEST[digest]
    bare = name.removeprefix(TORCHVISION_PREFIX)
    of_torchvision = name not in OWN and bare in torchvision_networks.names()
    if digest and of_torchvision and digest.startswith(torchvision_networks.published_digest(bare)):
        return published_by_torchvision(bare)
    layers = {tensor.rpartition(".")[0] for tensor in tensors}
    best = max(_FORMATS.get(name, ()), key=lambda known: len(layers & known.layers.keys()), default=None)
    return best if best is not None and layers & best.layers.keys() else native(name)


def convert_keys(name: str, tensors: OrderedDict[str, Tensor], weight_format: WeightFormat) -> OrderedDict[str, Tensor]:
    """The tensors of a file under the names that they have in our network."""
    renamed = rename(tensors, weight_format.layers)
    return renamed if name in OWN else torchvision_networks.current_names(renamed)


def spellings(name: str, network: nn.Module) -> set[str]:
    """All names under which a file may have the tensors of this network, whose canonical name is ``name``."""
    own = network.state_dict().keys()
    parts = [one.rpartition(".") for one in own]
    return {*own} | {
        f"{theirs}.{kind}"
        for known in _FORMATS.get(name, ())
        for theirs, ours in known.layers.items()
        for layer, _, kind in parts
        if layer == ours
    }
