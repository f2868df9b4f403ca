"""Handwritten digits: MNIST where it can be had, else the small digits that come with scikit-learn.

Looked for in this order: the folder ``mnist`` in ``HELPERS_ASSETS`` (the four idx files, compressed or not),
torchvision's download (cached, checked), scikit-learn's 1,797 digits of 8 × 8 points, which need nothing but the
installation.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from dataclasses import dataclass
from math import isqrt, prod
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from sklearn.datasets import load_digits
from torch import Tensor
from torchvision.datasets import MNIST

from helpers import assets
from helpers.cache import cache_folder
from helpers.data.downloads import FAILURES, patience
from helpers.errors import BadInput
from helpers.user_paths import is_file

_FILES = {
    "train_x": "train-images-idx3-ubyte.gz",
    "train_label": "train-labels-idx1-ubyte.gz",
    "test_x": "t10k-images-idx3-ubyte.gz",
    "test_label": "t10k-labels-idx1-ubyte.gz",
}
# scikit-learn's digits have no test set: every sixth is one, as many as MNIST's share.
_TEST_EVERY = 6


class DigitsError(BadInput):
    """MNIST was asked for and cannot be had, or one of its files is not whole."""


@dataclass(frozen=True, kw_only=True)
class Digits:
    """Images as rows of grey values from 0 to 1, with the digit that each shows."""

    train_x: Float[Tensor, "image pixel"]
    train_label: Int[Tensor, " image"]
    test_x: Float[Tensor, "test_image pixel"]
    test_label: Int[Tensor, " test_image"]
    source: str  # "MNIST" or "scikit-learn's digits", and where it was found

    @property
    def side(self) -> int:
        """Width and height of an image in points."""
        return isqrt(self.train_x.shape[1])

    @property
    def is_mnist(self) -> bool:
        return self.source.startswith("MNIST")


def digits(which: Literal["auto", "mnist", "small"] = "auto") -> Digits:
    """The digits to use: "mnist" insists on MNIST, "small" takes scikit-learn's, "auto" the best that can be had.

    Raises DigitsError where MNIST is insisted on and cannot be had, and for a missing or damaged file in
    ``HELPERS_ASSETS``; AssetsError where that names no folder of assets.
    """
    if which == "small":
        return _small()
    folder = assets.folder("mnist")
    if folder is not None:
        return _as_digits(_of_folder(folder), source="MNIST (HELPERS_ASSETS)")
    try:
        with patience():
            parts = [MNIST(str(cache_folder()), train=train, download=True) for train in (True, False)]
    except FAILURES as error:
        if which == "mnist":
            raise DigitsError(f"MNIST is not in HELPERS_ASSETS and could not be downloaded ({error}).") from None
        return _small()
    named = dict(zip(_FILES, (a.numpy() for part in parts for a in (part.data, part.targets)), strict=True))
    return _as_digits(named, source="MNIST (torchvision)")


def _of_folder(folder: Path) -> dict[str, np.ndarray]:
    """The four arrays of MNIST's files, compressed or not; the first one missing is named."""
    arrays = {}
    for name, file in _FILES.items():
        places = (folder / file, folder / file.removesuffix(".gz"))
        path = next((place for place in places if is_file(place)), None)
        if path is None:
            raise DigitsError(
                f"The folder mnist in HELPERS_ASSETS lacks {file}; all of {', '.join(_FILES.values())} are needed."
            )
        arrays[name] = read_idx(path)
    for part in ("train", "test"):
        x, label = arrays[f"{part}_x"], arrays[f"{part}_label"]
        if x.ndim != 3 or len(x) == 0 or x.shape[1] != x.shape[2] or label.shape != x.shape[:1]:
            files = f"{_FILES[f'{part}_x']} and {_FILES[f'{part}_label']}"
            raise DigitsError(
                f"{files} are not square images with a label each: their shapes are {x.shape} and {label.shape}."
            )
    return arrays


def read_idx(path: Path) -> UInt8[np.ndarray, ...]:
    """The array of an idx file of unsigned bytes, compressed by gzip or not (the format of MNIST's files).

    Raises DigitsError, naming the file, where it is missing, truncated, damaged or of another format.
    """
    try:
        content = path.read_bytes()
        content = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    except (OSError, EOFError, zlib.error, MemoryError) as error:
        raise DigitsError(f"{path.name} cannot be read ({error}).") from None
    axes = content[3] if content.startswith(b"\x00\x00\x08") and len(content) > 3 else 0
    begin = 4 + 4 * axes
    if axes == 0 or len(content) < begin:
        raise DigitsError(f"{path.name} is not an idx file of unsigned bytes.")
    shape = struct.unpack_from(f">{axes}I", content, 4)
    values = np.frombuffer(content, np.uint8, offset=begin)
    if values.size != prod(shape):
        raise DigitsError(f"{path.name} holds {values.size} values; its header says {' x '.join(map(str, shape))}.")
    return values.reshape(shape)


def _as_digits(arrays: dict[str, np.ndarray], *, source: str) -> Digits:
    tensors = {
        name: torch.from_numpy(array.reshape(len(array), -1) / np.float32(255))
        if name.endswith("x")
        else torch.from_numpy(array.astype(np.int64))
        for name, array in arrays.items()
    }
    return Digits(**tensors, source=source)


def _small() -> Digits:
    data = load_digits()
    x = torch.from_numpy(data.data / 16).float()
    label = torch.from_numpy(data.target).long()
    test = torch.arange(len(x)) % _TEST_EVERY == 0
    return Digits(
        train_x=x[~test],
        train_label=label[~test],
        test_x=x[test],
        test_label=label[test],
        source="scikit-learn's digits",
    )
