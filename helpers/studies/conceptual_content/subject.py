"""What the study's pages look at: a network, its layers, and labelled images dealt into parts, alike in classes.

Each part gives one value of what is measured, so that intervals say how much depends on the images.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Int
from torch import Tensor

from helpers.data.images import AUTO, Images
from helpers.data.images_shown import DRAWN
from helpers.errors import BadInput
from helpers.hooks.layer_table import Layer, layers
from helpers.models.pretrained import Pretrained, load
from helpers.models.pretrained.studied import is_original_vgg16
from helpers.models.vgg import VGG16
from helpers.studies.conceptual_content.passes import TINY, image_sets, layers_of

STUDYS = "the study's VGG16"
MISSING = "ImageNet's weights of VGG16 and the images of Tiny-ImageNet"  # for ``run.claim(..., missing=MISSING)``
_PARTS = 5


class SubjectError(BadInput):
    """A network or images on which the study's measures mean nothing."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A network and the first of the sets of images that it looks at.

    key: the name of the set, by which a stage keeps what it found.
    layers: in the order in which they end; their units are counted one layer after the other.
    part_of: the part that each image belongs to.
    """

    loaded: Pretrained
    key: str
    images: Images
    layers: list[Layer]
    part_of: Int[Tensor, " image"]
    is_studys: bool

    @property
    def parts(self) -> int:
        return int(self.part_of.max()) + 1

    @property
    def classes(self) -> int:
        return len(self.images.class_names)

    @property
    def units(self) -> dict[str, slice]:
        """Where the units of each layer lie among those of all layers."""
        found, first = dict[str, slice](), 0
        for layer in self.layers:
            found[layer.name] = slice(first, first + layer.units)
            first += layer.units
        return found

    @property
    def names(self) -> list[str]:
        """What figures call the layers: a layer of VGG16 by its convolution."""
        called = [name.replace("relu", "conv") for name in self.units]
        alike = len(set(called)) < len(called)  # a convolution and its non-linearity
        return called if isinstance(self.loaded.network, VGG16) and not alike else list(self.units)

    @property
    def called(self) -> str:
        return STUDYS if self.is_studys else self.loaded.name

    @property
    def captioned(self) -> str:
        """The network and the images, for captions of figures: drawn patterns are said to be no photographs."""
        drawn = self.images.source.startswith(DRAWN)
        return f"{self.called} (images: {'procedural patterns, no photographs' if drawn else self.images.name})"

    def describe(self) -> str:
        """A sentence on what is looked at."""
        return (
            f"{self.called[0].upper()}{self.called[1:]}: {len(self.layers)} layers, "
            f"{sum(layer.units for layer in self.layers)} units. {self.images.name}: {len(self.images)} images of "
            f"{self.classes} classes, {self.images.size} pixels a side, in {self.parts} parts alike in classes."
        )


def subject(values: Mapping[str, Any], device: torch.device) -> Subject:
    """The network and the images of a page's parameters ``model``, ``layers``, ``images``, ``scale`` and ``seed``.

    Raises BadInput for a network, layers or images that cannot be had, and SubjectError for those that do not do.
    """
    loaded = load(values["model"], device=device)
    key, chosen = next(iter(image_sets(values["images"], values["scale"], loaded).items()))
    images = chosen.open(values["seed"])
    classes = len(images.class_names)
    if classes < 2:
        raise SubjectError(f"{images.name} has one class; two classes at least can be compared.")
    names = layers_of(loaded, images.size, values["layers"])
    listed = {layer.name: layer for layer in layers(loaded.network, images.size)}
    least = int(torch.bincount(images.labels, minlength=classes).min())
    return Subject(
        loaded=loaded,
        key=key,
        images=images,
        layers=[listed[name] for name in names],
        part_of=deal(images.labels, parts=max(1, min(_PARTS, least))),
        is_studys=is_original_vgg16(loaded) and chosen.source == TINY and values["layers"] == AUTO,
    )


def deal(labels: Int[Tensor, " image"], *, parts: int) -> Int[Tensor, " image"]:
    """The part of each image: the images of a class go round, one to each part."""
    part = torch.zeros_like(labels)
    for number in labels.unique().tolist():
        places = (labels == number).nonzero().flatten()
        part[places] = torch.arange(len(places)) % parts
    return part
