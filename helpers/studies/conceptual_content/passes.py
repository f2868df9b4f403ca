"""The passes over images that the study's pages read: of which network, over which images, and what they keep."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple

import torch
from jaxtyping import Int, UInt8
from torch import Tensor

from helpers import assets
from helpers.data.images import AUTO, IMAGENETTE, PATTERNS, Images, imagenette_of_assets, open_images
from helpers.errors import BadInput, nearest
from helpers.hooks.deep_layer import NON_LINEARITIES
from helpers.hooks.layer_table import FieldError, layers
from helpers.hooks.reducers.active_share import ActiveShare
from helpers.hooks.reducers.class_means import ClassMeans
from helpers.hooks.reducers.extremes import Extremes
from helpers.hooks.reducers.histogram import Histogram
from helpers.hooks.reducers.moments import Moments
from helpers.hooks.reducers.reducer import Reducer
from helpers.hooks.reducers.unit_statistics import UnitStatistics, from_tensors
from helpers.models.pretrained import Pretrained

TINY = "tiny_imagenet200_val10000_64"
_LISTED = 40  # layers that a sentence lists
MIDDLE = 32  # pixels a side: the least that VGG16 takes
_ASSETS = {"val1300": "imagenet_val1300_227", "sample1000": "imagenet_sample1000_s256"}  # at paper scale


class LayersError(BadInput):
    """A layer that the study cannot look at, or a network without any other."""


class ImageSet(NamedTuple):
    """Images of a source, ``each`` of a class, ``size`` × ``size`` pixels; ``cut``: only the middle ones of them."""

    source: str
    each: int
    size: int
    cut: int | None = None

    def open(self, seed: int) -> Images:
        """The images; the seed says which of a class are taken."""
        images = open_images(self.source, size=self.cut or self.size, shorter_side=self.size)
        return images.of_each_class(self.each, seed=seed)


@dataclass(frozen=True, kw_only=True)
class PassTensors:
    """A pass as tensors: the header, and the state of each statistic (see :mod:`helpers.hooks.reducers`)."""

    header: UInt8[Tensor, " byte"]
    strongest_key: Int[Tensor, "unit rank"]
    strongest_position: Int[Tensor, "unit rank axis"]
    weakest_key: Int[Tensor, "unit weak_rank"]
    weakest_position: Int[Tensor, "unit weak_rank no_axis"]
    moments_images: Int[Tensor, ""]
    moments_sum: Int[Tensor, "limb unit"]
    moments_sum_of_squares: Int[Tensor, "square_limb unit"]
    active_images: Int[Tensor, ""]
    active_active: Int[Tensor, " unit"]
    histogram_count: Int[Tensor, "unit bin"]
    classes_images: Int[Tensor, " class"]
    classes_sum: Int[Tensor, "limb class unit"]


def statistics(top: int, weakest: int, classes: int) -> dict[str, Reducer]:
    """What every pass keeps: the ``top`` strongest images of each unit with positions, a few weakest, and the rest."""
    return {
        "strongest": Extremes(top),
        "weakest": Extremes(weakest, weakest=True, positions=False),
        "moments": Moments(),
        "active": ActiveShare(),
        "histogram": Histogram(),
        "classes": ClassMeans(classes),
    }


def to_tensors(found: UnitStatistics) -> PassTensors:
    """The statistics of a finished pass as a stage keeps them."""
    header = torch.frombuffer(bytearray(json.dumps(found.header()).encode()), dtype=torch.uint8)
    return PassTensors(header=header, **{name.replace(".", "_", 1): tensor for name, tensor in found.tensors().items()})


def from_stage(kept: PassTensors, *, name: str) -> UnitStatistics:
    """The statistics that a stage keeps; ``name`` is what sentences call them."""
    header = json.loads(bytes(kept.header.tolist()))
    tensors = {
        field.name.replace("_", ".", 1): getattr(kept, field.name) for field in fields(kept) if field.name != "header"
    }
    return from_tensors(header, tensors, name=name)


def layers_of(loaded: Pretrained, size: int, chosen: str = AUTO) -> list[str]:
    """The layers to look at, in the order in which they end.

    size: the side of the images.
    chosen: names of layers, separated by commas; "auto": non-linearities with positions, or convolutions where there
    are none.

    Raises LayersError for a network without such layers, and for a name that is none of a layer with positions.
    """
    listed = [layer for layer in layers(loaded.network, size) if len(layer.positions) == 2]
    rectified = [layer.name for layer in listed if layer.kind in NON_LINEARITIES]
    usual = rectified or [layer.name for layer in listed if layer.kind == "Conv2d"]
    if chosen.strip() != AUTO:
        known, names = [layer.name for layer in listed], [name.strip() for name in chosen.split(",")]
        for name in names:
            if name not in known:
                raise LayersError(_no_layer(loaded.name, name, known, usual))
        return [name for name in known if name in names]
    if not usual:
        raise LayersError(f"{loaded.name} has no layer whose units have positions in an image.")
    return usual


def _no_layer(network: str, name: str, known: Sequence[str], usual: Sequence[str]) -> str:
    """The sentence on a layer that is not there; of many layers it lists the usual ones."""
    allowed = ", ".join(known if len(known) <= _LISTED else usual) or "no layer, since none has positions"
    hint = f"; {near}" if (near := nearest(name, known)) else ""
    return (
        f"{network} has no layer {name!r} whose units have positions in an image{hint}; layers is auto, or names "
        f"separated by commas of {allowed}."
    )


def image_sets(images: str, scale: str, loaded: Pretrained) -> dict[str, ImageSet]:
    """The sets of images for a page's parameters, by name; the first carries the trends and the controls.

    images: a source of the reader's own, or "auto": Tiny-ImageNet and Imagenette where ``HELPERS_ASSETS`` has them and
    the network was trained on photographs, else the procedural patterns.

    Of Tiny-ImageNet's 64 pixels none is enlarged at laptop scale, and Imagenette has half the side that VGG16 was
    trained on: both with the controls take the time of fewer than 1,500 images of 224 pixels (``make bench``).
    """
    size = loaded.preprocessing.size
    each = {"smoke": 2, "laptop": 40, "paper": 400}[scale]
    if images != AUTO:
        return {"own": ImageSet(images, each, size)}
    drawn = loaded.weights.source in ("embedded", "random")
    if not drawn and _is_there(TINY):
        found = {"tiny": ImageSet(TINY, *{"smoke": (1, 32), "laptop": (50, 64), "paper": (50, size)}[scale])}
        if imagenette_of_assets():
            sizes = {"smoke": (4, 32), "laptop": (100, 112), "paper": (500, size)}[scale]
            found["imagenette"] = ImageSet(IMAGENETTE, *sizes)
        more = _ASSETS if scale == "paper" else {}
        return found | {name: ImageSet(source, 10, size) for name, source in more.items() if _is_there(source)}
    return {"patterns": ImageSet(PATTERNS, each, size)}


def _is_there(source: str) -> bool:
    folder = assets.folder("images")
    return folder is not None and any((folder / name).exists() for name in (source, f"{source}.tar"))


def controls_of(images: ImageSet, scale: str) -> ImageSet:
    """The images of the first set that networks with random weights see, at laptop scale a twelfth of them."""
    return images._replace(each=max(1, images.each // 12)) if scale == "laptop" else images


def middle_of(images: ImageSet, scale: str, loaded: Pretrained, names: Sequence[str]) -> ImageSet | None:
    """The middle of the images of the first set, so small that most layers cover it; at laptop scale of two fifths.

    None for images that are no larger, for procedural patterns, which are drawn for their size, and for networks that
    lack one of the layers of these names in so small an image.
    """
    if images.size <= MIDDLE or images.source == PATTERNS:
        return None
    try:
        layers_of(loaded, MIDDLE, ",".join(names))
    except (FieldError, LayersError):
        return None
    each = max(1, 2 * images.each // 5) if scale == "laptop" else images.each
    return ImageSet(images.source, each, size=2 * MIDDLE, cut=MIDDLE)
