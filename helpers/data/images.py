"""Labelled images from a folder, a tar file, torchvision's Imagenette or the procedural patterns, read alike.

An image's class is the folder that it lies in. Nothing is extracted, and only the batch in use is held, with the few
that worker processes prepare: memory does not grow with the number of images. Their order is that of their names.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import NamedTuple, Protocol, runtime_checkable

import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor
from torchvision.datasets import Imagenette
from tqdm import tqdm

from helpers.data.downloads import FAILURES, cache_folder, patience
from helpers.data.image_files import SUFFIXES, EncodedImages, ImagesError, Part, in_folder, in_tar
from helpers.data.patterns import Patterns
from helpers.randomness import generator
from helpers.user_paths import is_folder, shown

PATTERNS, IMAGENETTE, AUTO = "patterns", "imagenette", "auto"  # sources that are not paths
PATTERNS_PER_CLASS = 40
PATTERN_STREAM = "test"  # nothing that the embedded networks were trained on

_PREFERRED = "imagenet_val1300_227.tar"


class Batch(NamedTuple):
    """Some of the images, with their classes and names."""

    x: Float[Tensor, "image 3 height width"]  # red, green and blue, from 0 to 1
    label: Int[Tensor, " image"]
    names: list[str]


@runtime_checkable
class _Reader(Protocol):
    """Where images come from; they are numbered in the order of their names."""

    def read(self, parts: Sequence[Sequence[int]], *, workers: int) -> Iterator[Part]:
        """The images of each part, in order: read when they are asked for, or ahead of that by ``workers``."""

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

    def batches(
        self, batch_size: int, *, device: torch.device | str = "cpu", workers: int = 0, progress: bool = True
    ) -> Iterator[Batch]:
        """All images in order, ``batch_size`` at a time: the same bits for any number of workers.

        workers: processes that decode the next batches while this one is in use; 0 decodes in this process. With a
        network on a GPU, take one per CPU core that is idle. With a network on the CPU, take 0: it needs the cores
        itself, and one image of 224 × 224 pixels is decoded in about 2 ms. Procedural patterns are always drawn in
        this process, by torch's threads.

        An image that cannot be read is left out of its batch, and its name is added to ``skipped``. Raises
        ValueError for a batch size below 1 or workers below 0, and ImagesError in the end where not one image could be
        read.
        """
        if batch_size < 1:
            raise ValueError(f"batch_size = {batch_size} must be at least 1")
        if workers < 0:
            raise ValueError(f"workers = {workers} must be at least 0")
        found = False
        parts = [range(len(self))[first : first + batch_size] for first in range(0, len(self), batch_size)]
        read = self._reader.read([[self._numbers[place] for place in part] for part in parts], workers=workers)
        with tqdm(total=len(self), desc=self.name, unit="image", disable=None if progress else True) as bar:
            for part, (x, readable) in zip(parts, read, strict=True):
                missing = [self.names[place] for place, ok in zip(part, readable, strict=True) if not ok]
                self.skipped.extend(name for name in missing if name not in self.skipped)
                if len(x):
                    found = True
                    places = [place for place, ok in zip(part, readable, strict=True) if ok]
                    names = [self.names[place] for place in places]
                    yield Batch(x.to(device), self.labels[places].to(device), names)
                bar.update(len(part))
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
    spans = in_folder(path) if path.is_dir() else in_tar(path)
    names = sorted(spans)
    return _images(path, where, names, EncodedImages([spans[name] for name in names], size, shorter_side))


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
    try:
        cache = cache_folder()
        folder = cache / "imagenette2-320"
        if not is_folder(folder / "val"):
            # unpacked elsewhere and moved: an interrupted download leaves nothing that looks whole
            with tempfile.TemporaryDirectory(dir=cache) as partial, patience():
                Imagenette(partial, split="val", size="320px", download=True)
                Path(partial, folder.name).replace(folder)
    except FAILURES as error:
        raise ImagesError(
            f"Imagenette is not in HELPERS_ASSETS and could not be downloaded ({shown(str(error))})."
        ) from None
    return folder / "val"


def _images(path: Path, where: str, names: list[str], reader: EncodedImages) -> Images:
    if not names:
        allowed = ", ".join(sorted(SUFFIXES))
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

    def read(self, parts: Sequence[Sequence[int]], *, workers: int) -> Iterator[Part]:
        for numbers in parts:
            yield Part(self.patterns.draw(numbers, seed=0, purpose=PATTERN_STREAM).x, [True] * len(numbers))
