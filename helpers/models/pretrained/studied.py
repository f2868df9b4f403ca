"""Whether a network is one that the studies looked at: the original VGG16, or Inception V1 trained on ImageNet."""

from __future__ import annotations

from collections.abc import Sequence

from helpers.models.googlenet import GoogLeNet
from helpers.models.pretrained.loading import Pretrained
from helpers.models.pretrained.published import ORIGINAL_VGG16, Published, of


def is_original_vgg16(loaded: Pretrained) -> bool:
    """Whether a network has the thirteen convolutions of VGG16 with the values of the original training on ImageNet."""
    return loaded.name == "vgg16" and _is_one_of(loaded, ORIGINAL_VGG16)


def is_inception_v1(loaded: Pretrained) -> bool:
    """Whether a network is the study's Inception V1, in Caffe's or in Lucid's training on ImageNet."""
    return isinstance(loaded.network, GoogLeNet) and _is_one_of(loaded, of("googlenet"))


def _is_one_of(loaded: Pretrained, published: Sequence[Published]) -> bool:
    """By the digest of the weights' file, or by where they were downloaded from."""
    weights = loaded.weights
    known = {one.sha256 for one in published if one.sha256}
    described = {one.description for one in published}
    return weights.sha256 in known or (weights.source == "download" and weights.description in described)
