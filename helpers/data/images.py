"""Labelled images from a folder, a tar file, torchvision's Imagenette or the procedural patterns, read alike.

An image's class is the folder that it lies in. Folders of the same name are one class, and images beside the folders
are a class named as the whole is. Nothing is extracted, and only the batch in use is held, with the few that worker
processes prepare: memory does not grow with the number of images. Images are in the order of their names, classes in
that of theirs, compared letter by letter ("10" before "2"), as torchvision does.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from math import ceil
from pathlib import Path, PurePosixPath
from typing import NamedTuple, Protocol, runtime_checkable

import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor
from torch.nn.functional import avg_pool2d
from torchvision.datasets import Imagenette
from tqdm import tqdm

from helpers import assets
from helpers.assets import AssetsError
from helpers.cache import cache_folder
from helpers.data import photographs
from helpers.data.downloads import FAILURES, patience
from helpers.data.image_files import EncodedImages, Part
from helpers.data.listing import SUFFIXES, ImagesError, Listing, in_file, in_folder
from helpers.data.patterns import SMALLEST, Patterns
from helpers.randomness import generator
from helpers.user_paths import is_file, is_folder, resolved, shown

PATTERNS, IMAGENETTE, PHOTOGRAPHS, AUTO = "patterns", "imagenette", "photographs", "auto"  # sources, not paths
PATTERNS_PER_CLASS = 40
PATTERN_STREAM = "test"  # nothing that the embedded networks were trained on

_PREFERRED = "imagenet_val1300_227.tar"
_ALLOWED = f"a folder, an uncompressed tar file, an image, {PATTERNS}, {PHOTOGRAPHS}, {IMAGENETTE} and {AUTO}"


class Batch(NamedTuple):
    """Some of the images, with their classes and names."""

    x: Float[Tensor, "image 3 height width"]  # red, green and blue, from 0 to 1
    label: Int[Tensor, " image"]
    names: list[str]
    places: list[int]  # in the list of all images, from 0


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

    name, source: what they are called, and where they were found, for a page's record.
    shorter_side: of an image, in pixels, before it is cut.
    reasons: why images and folders were left out when the source was opened, and why images turned out to be
    unreadable so far, by their names.
    """

    name: str
    source: str
    class_names: list[str]
    size: int
    shorter_side: int
    names: list[str]
    labels: Int[Tensor, " image"]
    reasons: dict[str, str] = field(default_factory=dict)
    _left_out: Mapping[str, str] = field(default_factory=dict)
    _numbers: Sequence[int]  # the reader's number of each image
    _reader: _Reader

    def __len__(self) -> int:
        return len(self.names)

    @property
    def skipped(self) -> list[str]:
        """The names of what was skipped so far; ``reasons`` says why."""
        return list(self.reasons)

    def choose(self, count: int, *, seed: int | None = None) -> Images:
        """The first ``count`` images, or with a seed as many spread evenly over all; all if there are no more.

        Names, and so classes, are in order: the first images are those of the first classes. Raises ValueError for
        a count below 1.
        """
        if count < 1:
            raise ValueError(f"count = {count}: at least one image is needed")
        count = min(count, len(self))
        return self.at(range(count) if seed is None else _spread(range(len(self)), count, seed))

    def of_each_class(self, count: int, *, seed: int) -> Images:
        """``count`` (at least 1) images of each class, spread evenly over those it has; all where it has no more."""
        classes = [(self.labels == label).nonzero().flatten().tolist() for label in self.labels.unique()]
        chosen = [_spread(places, min(count, len(places)), seed) for places in classes]
        return self.at(sorted(place for places in chosen for place in places))

    def part(self, first: int, stop: int) -> Images:
        """The images from the place ``first`` up to, and without, the place ``stop``.

        Raises ValueError for a part that holds no image, or is not a part.
        """
        if not 0 <= first < stop <= len(self):
            raise ValueError(f"images {first} to {stop} are no part of {len(self)} images")
        return self.at(range(first, stop))

    def at(self, places: Sequence[int]) -> Images:
        """The images at these places of the list, in this order."""
        return replace(
            self,
            names=[self.names[place] for place in places],
            labels=self.labels[list(places)],
            reasons=dict(self._left_out),
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
        parts = [range(len(self))[start : start + batch_size] for start in range(0, len(self), batch_size)]
        read = self._reader.read([[self._numbers[place] for place in part] for part in parts], workers=workers)
        with tqdm(total=len(self), desc=self.name, unit="image", disable=None if progress else True) as bar:
            for part, (x, faults) in zip(parts, read, strict=True):
                self.reasons.update({self.names[place]: why for place, why in zip(part, faults, strict=True) if why})
                if len(x):
                    found = True
                    places = [place for place, why in zip(part, faults, strict=True) if not why]
                    names = [self.names[place] for place in places]
                    yield Batch(x.to(device), self.labels[places].to(device), names, places)
                bar.update(len(part))
        if not found:
            which = in_words({name: self.reasons[name] for name in self.names})
            raise ImagesError(f"Not one of the {len(self)} images of {self.name} can be read: {which}.")

    def identity(self) -> UInt8[Tensor, " 32"]:
        """SHA-256 over the names and the bytes of these images, for a page's record; it reads them all once.

        It is the same for a folder and for a tar file of it, on any machine.
        """
        sha = hashlib.sha256()
        for name, number in zip(self.names, self._numbers, strict=True):
            try:
                content = self._reader.content(number)
            except OSError:
                content = b""  # reading the image will report it
            sha.update(f"{name}/{len(content)}/".encode() + content)
        return torch.tensor(list(sha.digest()), dtype=torch.uint8)


def _spread(places: Sequence[int], count: int, seed: int) -> list[int]:
    """``count`` of some places, evenly spread from the first to the last; the seed decides where they begin."""
    offset = float(torch.rand((), generator=generator(seed, "images"), dtype=torch.float64))
    return [places[int((each + offset) * len(places) / count)] for each in range(count)]


def in_words(reasons: Mapping[str, str], *, most: int = 3) -> str:
    """The first of some names, with the reasons: "a.png (empty), b.png (too many pixels), …"."""
    named = [f"{name} ({why})" for name, why in islice(reasons.items(), most)]
    return ", ".join([*named, "…"] if len(reasons) > most else named)


def open_images(source: str | Path = AUTO, *, size: int, shorter_side: int | None = None) -> Images:
    """Labelled images of a source, resized so that their shorter side has ``shorter_side`` pixels, then cut in the
    middle to ``size`` × ``size``.

    source: a folder (with a folder for each class), an uncompressed tar file of such, one image, the name of a folder
    or tar file in the folder ``images`` of ``HELPERS_ASSETS``; "imagenette" (there, else torchvision's download,
    cached), "photographs" (the few of :mod:`helpers.data.photographs`), "patterns" (procedural, drawn at this size), or
    "auto": what ``default()`` says. A relative path begins as :func:`helpers.user_paths.resolved` says. shorter_side:
    ``size`` unless given.

    Raises ImagesError with one sentence for a source that does not exist, cannot be read or holds no image,
    AssetsError where it is looked for in assets that are none, and ValueError for a size that cannot be.
    """
    shorter_side = size if shorter_side is None else shorter_side
    if not 1 <= size <= shorter_side:
        raise ValueError(f"size = {size} must lie between 1 and shorter_side = {shorter_side}")
    if not str(source).strip():
        raise ImagesError(f"The images have no name; allowed are {_ALLOWED}.")
    note = "; HELPERS_ASSETS has no images" if source == AUTO and assets.is_set() else ""
    source = default() if source == AUTO else source
    if source == PATTERNS:
        return _patterns(size, note)
    if source == PHOTOGRAPHS:
        listing = Listing(PHOTOGRAPHS, photographs.spans())
        return _images(Path(PHOTOGRAPHS), "scikit-image and scikit-learn", listing, size, shorter_side)
    path, where = _find(source)
    listing = in_folder(path) if is_folder(path) else in_file(path)
    return _images(path, where, listing, size, shorter_side)


def default() -> str | Path:
    """The source for a page that names none: the images of ``HELPERS_ASSETS``, else the procedural patterns.

    Of several tar files the sample of ImageNet's validation images is taken, else the first by name; without a tar
    file, the folder itself. Raises AssetsError where ``HELPERS_ASSETS`` names no folder of assets.
    """
    folder = assets.folder("images")
    if folder is None:
        return PATTERNS
    tars = _tars(folder, "*")
    return next((tar for tar in tars if tar.name == _PREFERRED), tars[0] if tars else folder)


def imagenette_of_assets() -> Path | None:
    """Imagenette's validation images in ``HELPERS_ASSETS``: a tar file or a folder; None where they are not there."""
    folder = assets.folder("images")
    found = [*_tars(folder, f"{IMAGENETTE}*"), *sorted(folder.glob(f"{IMAGENETTE}*/val"))] if folder else []
    return found[0] if found else None


def _tars(folder: Path, pattern: str) -> list[Path]:
    return sorted(path for path in folder.glob(f"{pattern}.tar") if is_file(path) and not path.name.startswith("."))


def _is_asset(path: Path) -> bool:
    try:
        return assets.folder("images") in (path, *path.parents)
    except AssetsError:  # of no concern to images that are elsewhere
        return False


def _find(source: str | Path) -> tuple[Path, str]:
    """The path of a source, and where that is, in words."""
    if source == IMAGENETTE:
        found = imagenette_of_assets()
        return (found, "HELPERS_ASSETS") if found else (_imagenette(), "torchvision's download")
    path = resolved(source)
    if is_folder(path) or is_file(path):
        inside = _is_asset(path)
    else:
        folder = assets.folder("images")
        places = [folder / source, folder / f"{source}.tar"] if folder else []
        there = next((place for place in places if is_folder(place) or is_file(place)), None)
        if there is None:
            written = shown(source) if str(path) == str(source) else f"{shown(source)} ({shown(path)})"
            raise ImagesError(
                f"There are no images at {written}: it is neither a folder nor a file; allowed are {_ALLOWED}."
            )
        path, inside = there, True
    if inside:
        return path, "HELPERS_ASSETS"
    return path, "a folder" if is_folder(path) else "an image" if path.suffix.lower() in SUFFIXES else "a tar file"


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
            f"Imagenette is not in HELPERS_ASSETS and could not be downloaded ({shown(error)})."
        ) from None
    return folder / "val"


def _images(path: Path, where: str, listing: Listing, size: int, shorter_side: int) -> Images:
    name = shown(path.name or path)
    left_out = {shown(image): why for image, why in sorted(listing.left_out.items())}
    if not listing.spans:
        hint = f"; {len(left_out)} cannot be taken: {in_words(left_out)}" if left_out else ""
        raise ImagesError(f"{name} holds no images, which are files that end in {', '.join(sorted(SUFFIXES))}{hint}.")
    found = sorted(listing.spans)
    folders = [shown(PurePosixPath(image).parent.name or listing.whole or "images") for image in found]
    class_names = sorted(set(folders))
    numbers = {folder: number for number, folder in enumerate(class_names)}
    return Images(
        name=name,
        source=where,
        class_names=class_names,
        size=size,
        shorter_side=shorter_side,
        names=[shown(image) for image in found],
        labels=torch.tensor([numbers[folder] for folder in folders]),
        reasons=dict(left_out),
        _left_out=left_out,
        _numbers=range(len(found)),
        _reader=EncodedImages([listing.spans[image] for image in found], size, shorter_side),
    )


def _patterns(size: int, note: str) -> Images:
    finer = ceil(SMALLEST / size)  # smaller than the patterns can be, an image is drawn finer, and points are averaged
    patterns = Patterns(size=finer * size)
    numbers = range(PATTERNS_PER_CLASS * len(patterns.class_names))
    return Images(
        name="procedural patterns",
        source=f"drawn by this project (embedded default){note}",
        class_names=patterns.class_names,
        size=size,
        shorter_side=size,
        names=[f"pattern {number}" for number in numbers],
        labels=patterns.labels(numbers, seed=0, purpose=PATTERN_STREAM),
        _numbers=numbers,
        _reader=_Drawn(patterns, finer),
    )


@dataclass(frozen=True)
class _Drawn:
    patterns: Patterns
    finer: int  # points of the drawing for each of the image, along an axis

    def content(self, number: int) -> bytes:
        return f"{self.patterns.size // self.finer}/{PATTERN_STREAM}".encode()  # the number is in the name

    def read(self, parts: Sequence[Sequence[int]], *, workers: int) -> Iterator[Part]:
        for numbers in parts:
            x = self.patterns.draw(numbers, seed=0, purpose=PATTERN_STREAM).x
            yield Part(avg_pool2d(x, self.finer) if self.finer > 1 else x, [""] * len(numbers))
