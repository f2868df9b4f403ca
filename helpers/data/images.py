"""Labelled images from a folder, a tar file, torchvision's Imagenette or the procedural patterns, read alike.

An image's class is the folder that it lies in. Nothing is extracted, and no more than one batch is held: memory does
not grow with the number of images. Their order is that of their names.
"""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from PIL import Image, ImageOps
from platformdirs import user_cache_path
from torch import Tensor
from torchvision.datasets import Imagenette
from tqdm import tqdm

from helpers.data.patterns import Patterns
from helpers.errors import BadInput
from helpers.randomness import generator

PATTERNS, IMAGENETTE, AUTO = "patterns", "imagenette", "auto"  # sources that are not paths
PATTERNS_PER_CLASS = 40
PATTERN_STREAM = "test"  # nothing that the embedded networks were trained on

_PREFERRED = "imagenet_val1300_227.tar"
_SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm"}
_UNREADABLE = (OSError, EOFError, SyntaxError, ValueError, Image.DecompressionBombError)  # what Pillow raises


class ImagesError(BadInput):
    """Images that were asked for and are not there, or none of which can be read."""


class Batch(NamedTuple):
    """Some of the images, with their classes and names."""

    x: Float[Tensor, "image 3 row column"]  # red, green and blue, from 0 to 1
    label: Int[Tensor, " image"]
    names: list[str]


@runtime_checkable
class _Reader(Protocol):
    """Where images come from; they are numbered in the order of their names."""

    def read(self, numbers: Sequence[int]) -> list[Tensor | None]:
        """The images as [3, row, column]; None for one that cannot be read."""

    def content(self, number: int) -> bytes:
        """Bytes that say what the image is."""


@dataclass(frozen=True, kw_only=True)
class Images:
    """Labelled images, all cut to ``size`` × ``size`` pixels.

    name, source: what they are called, and where they were found, for a page's record. skipped: the names of those
    that turned out to be unreadable, so far.
    """

    name: str
    source: str
    class_names: list[str]
    size: int
    names: list[str]
    labels: Int[Tensor, " image"]
    skipped: list[str] = field(default_factory=list)
    _numbers: Sequence[int]  # the reader's number of each image
    _reader: _Reader

    def __len__(self) -> int:
        return len(self.names)

    def choose(self, count: int, *, seed: int | None = None) -> Images:
        """The first ``count`` images, or with a seed as many spread evenly over all; all if there are no more.

        Names, and so classes, are in order: the first images are those of the first classes. Raises ValueError for
        a count below 1.
        """
        if count < 1:
            raise ValueError(f"count = {count}: at least one image is needed")
        count = min(count, len(self))
        places = list(range(count))
        if seed is not None:
            offset = float(torch.rand((), generator=generator(seed, "images"), dtype=torch.float64))
            places = [int((place + offset) * len(self) / count) for place in places]
        return replace(
            self,
            names=[self.names[place] for place in places],
            labels=self.labels[places],
            skipped=[],
            _numbers=[self._numbers[place] for place in places],
        )

    def batches(self, batch_size: int, *, device: torch.device | str = "cpu", progress: bool = True) -> Iterator[Batch]:
        """All images in order, ``batch_size`` at a time.

        An image that cannot be read is left out of its batch, and its name is added to ``skipped``. Raises
        ValueError for a size below 1, and ImagesError in the end where not one image could be read.
        """
        if batch_size < 1:
            raise ValueError(f"batch_size = {batch_size} must be at least 1")
        found = False
        with tqdm(total=len(self), desc=self.name, unit="image", disable=None if progress else True) as bar:
            for first in range(0, len(self), batch_size):
                places = range(first, min(first + batch_size, len(self)))
                read = self._reader.read([self._numbers[place] for place in places])
                images = {place: image for place, image in zip(places, read, strict=True) if image is not None}
                missing = [self.names[place] for place in places if place not in images]
                self.skipped.extend(name for name in missing if name not in self.skipped)
                if images:
                    found = True
                    x = torch.stack(list(images.values())).to(device)
                    yield Batch(x, self.labels[list(images)].to(device), [self.names[place] for place in images])
                bar.update(len(places))
        if not found:
            raise ImagesError(f"Not one of the {len(self)} images of {self.name} can be read.")

    def identity(self) -> UInt8[Tensor, " 32"]:
        """SHA-256 over the names and the bytes of these images (for ``run.uses``); it reads them all once."""
        sha = hashlib.sha256()
        for name, number in zip(self.names, self._numbers, strict=True):
            try:
                content = self._reader.content(number)
            except OSError:
                content = b""  # reading the image will report it
            sha.update(f"{name}/{len(content)}/".encode() + content)
        return torch.tensor(list(sha.digest()), dtype=torch.uint8)


def open_images(source: str | Path = AUTO, *, size: int, shorter_side: int | None = None) -> Images:
    """Labelled images of a source, resized so that their shorter side has ``shorter_side`` pixels, then cut in the
    middle to ``size`` × ``size``.

    source: a folder (with a folder for each class), an uncompressed tar file of such, the name of one in the folder
    ``images`` of ``HELPERS_ASSETS``; "imagenette" (there, else torchvision's download, cached), "patterns" (procedural,
    drawn at this size), or "auto": what ``default()`` says. shorter_side: ``size`` unless given.

    Raises ImagesError with one sentence for a source that does not exist, cannot be read or holds no image, and
    ValueError for a size that cannot be.
    """
    shorter_side = size if shorter_side is None else shorter_side
    if not 1 <= size <= shorter_side:
        raise ValueError(f"size = {size} must lie between 1 and shorter_side = {shorter_side}")
    source = default() if source == AUTO else source
    if source == PATTERNS:
        return _patterns(size)
    path, where = _find(source)
    if path.is_dir():
        paths = {p.relative_to(path).as_posix(): p for p in path.rglob("*") if _is_image(p.name) and p.is_file()}
        names = sorted(paths)
        return _images(path, where, names, _Encoded(lambda k: paths[names[k]].read_bytes(), size, shorter_side))
    spans = _index(path)
    names = sorted(spans)
    return _images(path, where, names, _Encoded(lambda k: _part(path, spans[names[k]]), size, shorter_side))


def default() -> str | Path:
    """The source for a page that names none: the images of ``HELPERS_ASSETS``, else the procedural patterns.

    Of several tar files the sample of ImageNet's validation images is taken, else the first by name; without a tar
    file, the folder itself.
    """
    folder = _assets()
    if folder is None:
        return PATTERNS
    tars = sorted(folder.glob("*.tar"))
    return next((tar for tar in tars if tar.name == _PREFERRED), tars[0] if tars else folder)


def _assets() -> Path | None:
    folder = Path(os.environ["HELPERS_ASSETS"], "images") if "HELPERS_ASSETS" in os.environ else None
    return folder if folder is not None and folder.is_dir() else None


def _find(source: str | Path) -> tuple[Path, str]:
    """The path of a source, and where that is, in words."""
    assets = _assets()
    if source == IMAGENETTE:
        tars = sorted(assets.glob(f"{IMAGENETTE}*.tar")) if assets else []
        return (tars[0], "HELPERS_ASSETS") if tars else (_imagenette(), "torchvision's download")
    places = [Path(source), *([assets / source, assets / f"{source}.tar"] if assets else [])]
    path = next((place for place in places if place.exists()), None)
    if path is None:
        raise ImagesError(
            f"There are no images at {source}: it is neither a folder nor a tar file, nor {PATTERNS} or {IMAGENETTE}."
        )
    if assets in (path, *path.parents):
        return path, "HELPERS_ASSETS"
    return path, "a folder" if path.is_dir() else "a tar file"


def _imagenette() -> Path:
    """The folder of Imagenette's validation images, downloaded where it is not there yet."""
    cache = user_cache_path("what-neurons-learn", ensure_exists=True)
    folder = cache / "imagenette2-320"
    if not folder.is_dir():
        # unpacked elsewhere and moved: an interrupted download leaves nothing that looks whole
        with tempfile.TemporaryDirectory(dir=cache) as partial:
            try:
                Imagenette(partial, split="val", size="320px", download=True)
            except (RuntimeError, OSError, EOFError, tarfile.TarError) as error:
                raise ImagesError(
                    f"Imagenette is not in HELPERS_ASSETS and could not be downloaded ({error})."
                ) from None
            Path(partial, folder.name).replace(folder)
    return folder / "val"


def _images(path: Path, where: str, names: list[str], reader: _Encoded) -> Images:
    if not names:
        allowed = ", ".join(sorted(_SUFFIXES))
        raise ImagesError(f"{path.name} holds no images, which are files that end in {allowed}.")
    folders = [PurePosixPath(name).parent.name or path.stem for name in names]
    class_names = sorted(set(folders))
    numbers = {name: number for number, name in enumerate(class_names)}
    return Images(
        name=path.name,
        source=where,
        class_names=class_names,
        size=reader.size,
        names=names,
        labels=torch.tensor([numbers[folder] for folder in folders]),
        _numbers=range(len(names)),
        _reader=reader,
    )


def _is_image(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in _SUFFIXES and not name.startswith(".")


@dataclass(frozen=True)
class _Encoded:
    """Images in files of their own or in a part of one; ``content`` gives the bytes of each."""

    content: Callable[[int], bytes]
    size: int
    shorter_side: int

    def read(self, numbers: Sequence[int]) -> list[Tensor | None]:
        images: list[Tensor | None] = []
        for number in numbers:
            try:
                images.append(_decode(self.content(number), self.size, self.shorter_side))
            except _UNREADABLE:
                images.append(None)
        return images


class _Span(NamedTuple):
    """Where in a tar file an image lies, in bytes."""

    offset: int
    length: int


def _part(path: Path, span: _Span) -> bytes:
    with path.open("rb") as file:
        file.seek(span.offset)
        return file.read(span.length)


def _index(path: Path) -> dict[str, _Span]:
    """Names and places of the images in a tar file."""
    try:
        with tarfile.open(path, "r:") as tar:
            members = [member for member in tar if member.isfile()]
    except (tarfile.TarError, OSError) as error:
        raise ImagesError(f"{path.name} is not a whole, uncompressed tar file ({error}).") from None
    spans = {member.name.removeprefix("./"): _Span(member.offset_data, member.size) for member in members}
    return {name: span for name, span in spans.items() if _is_image(PurePosixPath(name).name)}


def _decode(content: bytes, size: int, shorter_side: int) -> Float[Tensor, "3 row column"]:
    """An image, upright, resized with its shorter side to ``shorter_side`` pixels, and its middle."""
    with Image.open(io.BytesIO(content)) as file:
        image = ImageOps.exif_transpose(file).convert("RGB")
    width, height = image.size
    # the longer side is cut to a whole number, as torchvision does
    width, height = (shorter_side * length // min(width, height) for length in (width, height))
    image = image.resize((width, height), Image.Resampling.BILINEAR)
    left, top = round((width - size) / 2), round((height - size) / 2)
    pixels = np.array(image.crop((left, top, left + size, top + size)))  # (row, column, 3)
    return torch.from_numpy(pixels).movedim(-1, 0).float() / 255


def _patterns(size: int) -> Images:
    patterns = Patterns(size=size)
    numbers = range(PATTERNS_PER_CLASS * len(patterns.class_names))
    return Images(
        name="procedural patterns",
        source="drawn by this project (embedded default)",
        class_names=patterns.class_names,
        size=size,
        names=[f"pattern {number}" for number in numbers],
        labels=patterns.labels(numbers, seed=0, purpose=PATTERN_STREAM),
        _numbers=numbers,
        _reader=_Drawn(patterns),
    )


@dataclass(frozen=True)
class _Drawn:
    patterns: Patterns

    def content(self, number: int) -> bytes:
        return f"{self.patterns.size}/{PATTERN_STREAM}".encode()  # the number is in the name

    def read(self, numbers: Sequence[int]) -> list[Tensor | None]:
        return list(self.patterns.draw(numbers, seed=0, purpose=PATTERN_STREAM).x)
