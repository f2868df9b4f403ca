"""Photographs that a published book may show: those that come with scikit-image and scikit-learn.

ImageNet's images may be computed with, but not copied into a book; these may be shown, with credit.
"""

from __future__ import annotations

from pathlib import Path

import skimage
import sklearn.datasets

from helpers.data.image_files import Span

# The file, and whose photograph it is; licences: README.txt in skimage.data, the docstrings of both packages.
CREDITS = {
    "chelsea.png": "Stefan van der Walt, CC0",
    "coffee.png": "Rachel Michetti, CC0",
    "china.jpg": "danielbuechele, CC BY 2.0",
    "flower.jpg": "vultilion, CC BY 2.0",
    "astronaut.png": "NASA, public domain",
    "rocket.jpg": "SpaceX, public domain",
    "grass.png": "Linolafett, CC0",
    "gravel.png": "CC0Textures, CC0",
    "brick.png": "CC0Textures, CC0",
    "hubble_deep_field.jpg": "NASA, public domain",
}


def credits() -> str:
    """Whose photographs these are, in one line for a caption."""
    return "; ".join(f"{file.partition('.')[0]}: {owner}" for file, owner in CREDITS.items())


def spans() -> dict[str, Span]:
    """Where each photograph lies, by a name with a folder of its own, as :mod:`helpers.data.images` has images."""
    folders = Path(skimage.__file__).parent / "data", Path(sklearn.datasets.__file__).parent / "images"
    found = {}
    for file in CREDITS:
        path = next((folder / file for folder in folders if (folder / file).is_file()), None)
        if path is not None:
            found[f"{path.stem}/{file}"] = Span(path)
    return found
