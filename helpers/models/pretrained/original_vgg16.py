"""Whether a network is the original VGG16: thirteen convolutions with the values of the training on ImageNet."""

from __future__ import annotations

from helpers.models.pretrained.loading import Pretrained
from helpers.models.pretrained.published import ORIGINAL_VGG16


def is_original_vgg16(loaded: Pretrained) -> bool:
    """Whether a network has these values, by the digest of its weights' file or by where they were downloaded from."""
    weights = loaded.weights
    known = {one.sha256 for one in ORIGINAL_VGG16 if one.sha256}
    described = {one.description for one in ORIGINAL_VGG16}
    return loaded.name == "vgg16" and (
        weights.sha256 in known or (weights.source == "download" and weights.description in described)
    )
