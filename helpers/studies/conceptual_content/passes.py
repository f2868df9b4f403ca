"""The passes over images that the study's pages read: over which images, and of which layers."""

from __future__ import annotations

from collections.abc import Sequence

from helpers import assets
from helpers.data.image_set import ImageSet
from helpers.data.images import AUTO, IMAGENETTE, PATTERNS, imagenette_of_assets
from helpers.errors import BadInput, nearest
from helpers.hooks.deep_layer import NON_LINEARITIES
from helpers.hooks.layer_table import FieldError, layers
from helpers.models.pretrained import Pretrained

TINY = "tiny_imagenet200_val10000_64"
_LISTED = 40  # layers that a sentence lists
MIDDLE = 32  # pixels a side: the least that VGG16 takes
_ASSETS = {"val1300": "imagenet_val1300_227", "sample1000": "imagenet_sample1000_s256"}  # at paper scale


class LayersError(BadInput):
    """A layer that the study cannot look at, or a network without any other."""


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
