"""The natural images that the study's pages show to a network: ImageNet's where they are, else drawn patterns."""

from __future__ import annotations

from typing import Any

from helpers import assets
from helpers.data.image_set import ImageSet
from helpers.data.images import AUTO, PATTERNS
from helpers.models.pretrained import Pretrained

VALIDATION = "imagenet_val1300_227"
_ALL = 10**6  # of a class


def natural_images(values: dict[str, Any], loaded: Pretrained) -> ImageSet:
    """The images for a page's ``images`` and ``scale``, spread evenly over all that there are.

    "auto": 1,300 of ImageNet's validation images where ``HELPERS_ASSETS`` has them and the network was trained on
    photographs, else the procedural patterns. Raises AssetsError where ``HELPERS_ASSETS`` names no folder of assets.
    """
    scale, size = values["scale"], loaded.preprocessing.size
    most = {"smoke": 24, "laptop": 1300, "paper": 1300}[scale]
    if values["images"] != AUTO:
        return ImageSet(values["images"], _ALL, size, most=most)
    drawn = loaded.weights.source in ("embedded", "random")
    if not drawn and _is_there():
        return ImageSet(VALIDATION, _ALL, 64 if scale == "smoke" else size, most=most)
    return ImageSet(PATTERNS, _ALL, size, most=most)


def _is_there() -> bool:
    folder = assets.folder("images")
    return folder is not None and any((folder / name).exists() for name in (VALIDATION, f"{VALIDATION}.tar"))
