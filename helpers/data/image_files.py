"""Image files, in a folder or in parts of a tar file: found, read and decoded, by worker processes if wanted."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, UInt8
from PIL import Image, ImageOps
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from helpers.errors import BadInput

SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm"}
_UNREADABLE = (OSError, EOFError, SyntaxError, ValueError, Image.DecompressionBombError)  # what Pillow raises


class ImagesError(BadInput):
    """Images that were asked for and are not there, or none of which can be read."""


class Part(NamedTuple):
    """What was read of some images that were asked for together."""

    x: Float[Tensor, "readable 3 height width"]  # from 0 to 1
    readable: list[bool]  # of each image that was asked for


class Span(NamedTuple):
    """Where the bytes of an image lie in a file: the whole file, or a part of a tar file."""

    path: Path
    offset: int = 0
    length: int = -1  # up to the end

    def content(self) -> bytes:
        with self.path.open("rb") as file:  # opened anew for each image: processes must not share a position
            file.seek(self.offset)
            return file.read(self.length)


def in_folder(folder: Path) -> dict[str, Span]:
    """The images below a folder, by their names."""
    paths = (path for path in folder.rglob("*") if _is_image(path.name) and path.is_file())
    return {path.relative_to(folder).as_posix(): Span(path) for path in paths}


def in_tar(path: Path) -> dict[str, Span]:
    """The images in a tar file, by their names."""
    try:
        with tarfile.open(path, "r:") as tar:
            members = [member for member in tar if member.isfile()]
    except (tarfile.TarError, OSError) as error:
        raise ImagesError(f"{path.name} is not a whole, uncompressed tar file ({error}).") from None
    spans = {member.name.removeprefix("./"): Span(path, member.offset_data, member.size) for member in members}
    return {name: span for name, span in spans.items() if _is_image(PurePosixPath(name).name)}


@dataclass(frozen=True)
class EncodedImages:
    """Images in files of their own or in parts of one."""

    spans: Sequence[Span]
    size: int
    shorter_side: int

    def content(self, number: int) -> bytes:
        return self.spans[number].content()

    def read(self, parts: Sequence[Sequence[int]], *, workers: int) -> Iterator[Part]:
        # a generator of its own: a loader draws a seed for its workers, by default from torch's global generator
        loader = DataLoader(_Decoded(self, parts), batch_size=None, num_workers=workers, generator=torch.Generator())
        for pixels, readable in loader:
            yield Part(pixels.float().div_(255), readable)


class _Decoded(Dataset[tuple[UInt8[Tensor, "readable 3 height width"], list[bool]]]):
    """Whole parts, decoded; as bytes, which take a quarter of the memory that workers share with this process."""

    def __init__(self, images: EncodedImages, parts: Sequence[Sequence[int]]) -> None:
        self.images, self.parts = images, parts

    def __len__(self) -> int:
        return len(self.parts)

    def __getitem__(self, part: int) -> tuple[UInt8[Tensor, "readable 3 height width"], list[bool]]:
        size = self.images.size
        decoded, readable = [], []
        for number in self.parts[part]:
            try:
                decoded.append(_decode(self.images.content(number), size, self.images.shorter_side))
                readable.append(True)
            except _UNREADABLE:
                readable.append(False)
        # NumPy stacks them: a call of torch for every image would wait for all of torch's threads each time
        pixels = np.stack(decoded) if decoded else np.empty((0, size, size, 3), np.uint8)
        return torch.from_numpy(pixels).movedim(-1, 1).contiguous(), readable


def _decode(content: bytes, size: int, shorter_side: int) -> UInt8[np.ndarray, "height width 3"]:
    """An image, upright, resized with its shorter side to ``shorter_side`` pixels, and its middle."""
    with Image.open(io.BytesIO(content)) as file:
        image = ImageOps.exif_transpose(file).convert("RGB")
    width, height = image.size
    # the longer side is cut to a whole number, as torchvision does
    width, height = (shorter_side * length // min(width, height) for length in (width, height))
    image = image.resize((width, height), Image.Resampling.BILINEAR)
    left, top = round((width - size) / 2), round((height - size) / 2)
    return np.array(image.crop((left, top, left + size, top + size)))


def _is_image(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in SUFFIXES and not name.startswith(".")
