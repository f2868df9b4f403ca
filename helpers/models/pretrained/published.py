"""The published weights that are known: their files, where those are found, and how they are recognised."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from helpers import assets
from helpers.models.pretrained import formats, torchvision_networks
from helpers.models.pretrained.downloads import fetch
from helpers.models.pretrained.formats import WeightFormat
from helpers.models.pretrained.weights import Source, checked
from helpers.user_paths import is_file

_LUCID = "https://github.com/ProGamerGov/pytorch-old-tensorflow-models/raw/master/inception5h.pth"

_KERAS = "https://storage.googleapis.com/tensorflow/keras-applications/vgg16/"


class NotHere(Exception):
    """A source that does not have these weights; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Published:
    """One published file of weights.

    sha256: its digest, or the first digits of it; md5, git_blob: other digests that a publisher gives.
    url: where it can be fetched; empty where no address is known.
    """

    file: str
    description: str
    weight_format: WeightFormat
    sha256: str = ""
    md5: str = ""
    git_blob: str = ""
    url: str = ""

    def find(self, source: Source) -> tuple[Path, str]:
        """The file from "assets" or "download", and its sha256 digest.

        Raises NotHere where that source does not have it, Unreachable where the download fails, WeightsError for a
        file with the wrong digest, and AssetsError where ``HELPERS_ASSETS`` names no folder of assets.
        """
        if source == "download":
            if not self.url:
                raise NotHere(f"{self.file} has no download")
            path = fetch(self.url, sha256=self.sha256, md5=self.md5, git_blob=self.git_blob)
        else:
            if not assets.is_set():
                raise NotHere("HELPERS_ASSETS is not set")
            folder = assets.folder("weights")
            if folder is None or not is_file(folder / self.file):
                raise NotHere(f"{self.file} is not in HELPERS_ASSETS")
            path = folder / self.file
        return path, checked(path, sha256=self.sha256, md5=self.md5, git_blob=self.git_blob)


def of(name: str) -> tuple[Published, ...]:
    """The published weights of a network, in the order in which they are looked for."""
    return _OWN.get(name, ()) + _torchvision(name)


def _torchvision(name: str) -> tuple[Published, ...]:
    if name == "googlenet":  # torchvision's is another network
        return ()
    bare = name.removeprefix("torchvision/")
    url, _ = torchvision_networks.published(bare)
    file = url.rpartition("/")[2]
    return (
        Published(
            file=file,
            description=f"torchvision's weights for {bare} (ImageNet)",
            weight_format=formats.VGG16_TORCHVISION if name == "vgg16" else formats.published_by_torchvision(bare),
            sha256=torchvision_networks.published_digest(bare),
            url=url,
        ),
    )


LUCID = Published(
    file="inception5h.pth",
    description="Inception V1 as published with Lucid (ImageNet), converted for PyTorch",
    weight_format=formats.GOOGLENET_LUCID,
    git_blob="119f77db85c8352960933e025312b507d9a96ed7",
    url=_LUCID,
)

# The network of the studies probing and conceptual_content: its convolutions with the values of the original training.
# torchvision's weights are those of another training of the same architecture.
ORIGINAL_VGG16 = (
    Published(
        file="vgg16_keras_convolutions.fp32.safetensors",
        description="the original VGG-16 (ImageNet), all 13 convolutions, without the dense layers",
        weight_format=formats.VGG16_KERAS,
        sha256=formats.VGG16_KERAS_DIGEST,
    ),
    Published(
        file="vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
        description="the original VGG-16 (ImageNet) as Keras publishes it, without the dense layers",
        weight_format=formats.VGG16_KERAS,
        md5="6d6bbae143d832006294945121d1f1fc",
        url=_KERAS + "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
    ),
)

_OWN = {
    "vgg16": ORIGINAL_VGG16,
    "googlenet": (
        Published(
            file="googlenet_bvlc.fp32.safetensors",
            description="BVLC's GoogLeNet (Caffe, ImageNet)",
            weight_format=formats.GOOGLENET_CAFFE,
            sha256="5a169992811dddceb18727ec6714a884d385bb2142bce70d4014fdd65751abf3",
        ),
        LUCID,
    ),
    "squeezenet1_1": (
        Published(
            file="squeezenet1_1.fp32.safetensors",
            description="DeepScale's SqueezeNet 1.1 (Caffe, ImageNet)",
            weight_format=formats.SQUEEZENET_CAFFE,
            sha256="8ae6a345fd9e9ddf689d6ae3a5ad717a8825eee42ba1b54aac490a8b8c8119ea",
        ),
    ),
}
