"""Images as users have them, made into batches of tensors: a folder, a tar file, a data loader, arrays, one picture."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from helpers.data.decoding import decode
from helpers.data.images import Images, open_images
from helpers.errors import BadInput

# One image: a file's path, a tensor (channel, row, column) from 0 to 1 or of bytes, an array (row, column, colour) of
# bytes, or one of Pillow. A tensor is taken as it is; all others are cut to the network's size.
Picture = str | Path | Tensor | np.ndarray | Image.Image

_PNG = ("1", "L", "LA", "I", "I;16", "P", "RGB", "RGBA")  # the modes that this format can hold


class PictureError(BadInput):
    """What was given as an image, or as images, and is none."""


class Batch(NamedTuple):
    """Some images, with what they are called."""

    x: Float[Tensor, "image channel height width"]  # from 0 to 1
    names: list[str]
    classes: list[str]  # empty texts where the source has none


def tensor_of(picture: object, *, size: int) -> Float[Tensor, "channel height width"]:
    """A ``Picture`` as a tensor. Raises PictureError for what is none."""
    if isinstance(picture, Tensor):
        if picture.dim() == 4 and len(picture) == 1:
            picture = picture[0]
        if picture.dim() != 3 or not (picture.is_floating_point() or picture.dtype == torch.uint8):
            raise PictureError(
                f"a tensor of shape {tuple(picture.shape)} and {picture.dtype} is no image; allowed are floating-point "
                f"numbers from 0 to 1, or bytes, with the axes (channel, row, column)"
            )
        return picture if picture.is_floating_point() else picture / 255
    if isinstance(picture, str | Path):
        return next(iter(open_images(picture, size=size).batches(1, progress=False))).x[0]
    if isinstance(picture, np.ndarray):
        if picture.dtype != np.uint8 or picture.ndim not in (2, 3):
            raise PictureError(
                f"an array of shape {picture.shape} and {picture.dtype} is no image; allowed are bytes (uint8) with "
                f"the axes (row, column, colour), or a tensor"
            )
        picture = Image.fromarray(picture)
    if not isinstance(picture, Image.Image):
        raise PictureError(f"a {type(picture).__name__} is no image; allowed are a path, a tensor or an array")
    content = io.BytesIO()
    picture.save(content, "PNG" if picture.mode in _PNG else "TIFF")  # so that one function reads all images
    return torch.from_numpy(decode(content.getvalue(), size, size)).movedim(-1, 0) / 255


def batches(source: object, *, size: int, batch_size: int) -> Iterator[Batch]:
    """The images of a source, some at a time.

    source: what :func:`helpers.data.images.open_images` takes, its result, or any iterable of images or of batches of
    them, as a data loader or a data set gives them; of a pair such as (images, labels), and of a dictionary, the first
    is taken. Images that follow each other in one size make a batch.

    Raises ImagesError for a path that cannot be used and PictureError for what is no image.
    """
    if not isinstance(batch_size, int) or batch_size < 1:
        raise PictureError(f"batch_size = {batch_size!r} must be at least 1, and a whole number")
    if isinstance(source, str | Path):
        source = open_images(source, size=size)
    if isinstance(source, Images):
        for batch in source.batches(batch_size):
            yield Batch(batch.x, batch.names, [source.class_names[label] for label in batch.label.tolist()])
        return
    try:
        items = iter(source)  # type: ignore[call-overload]
    except TypeError:
        raise PictureError(
            f"a {type(source).__name__} holds no images; allowed are a path and an iterable of images"
        ) from None
    seen = 0
    for x in _grouped(items, size, batch_size):
        yield Batch(x, [f"image {number}" for number in range(seen, seen + len(x))], [""] * len(x))
        seen += len(x)


def _grouped(source: Iterator[object], size: int, batch_size: int) -> Iterator[Tensor]:
    waiting: list[Tensor] = []
    for item in source:
        parts = list(item.values()) if isinstance(item, Mapping) else item
        first = parts[0] if isinstance(parts, tuple | list) and parts else parts
        many = first if isinstance(first, Tensor) and first.dim() == 4 else [first]
        for image in (tensor_of(each, size=size) for each in many):
            if waiting and (len(waiting) == batch_size or waiting[0].shape != image.shape):
                yield torch.stack(waiting)
                waiting = []
            waiting.append(image)
    if waiting:
        yield torch.stack(waiting)
