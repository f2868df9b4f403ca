"""Image files, in a folder of their own or in parts of a tar file: read and decoded, by worker processes if wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from helpers.data.decoding import decode as _decode
from helpers.data.decoding import fault

LARGEST = 2**29  # bytes: a larger file is not read at all, since it is held whole while it is decoded


class Part(NamedTuple):
    """What was read of some images that were asked for together."""

    x: Float[Tensor, "readable 3 height width"]  # from 0 to 1
    faults: list[str]  # of each image that was asked for: why it cannot be read, or the empty text


class Span(NamedTuple):
    """Where the bytes of an image lie in a file: the whole file, or a part of a tar file."""

    path: Path
    offset: int = 0
    length: int = -1  # up to the end

    def content(self) -> bytes:
        """The bytes. Raises OSError for a file that cannot be read, or is too large to be held."""
        with self.path.open("rb") as file:  # opened anew for each image: processes must not share a position
            length = self.length if self.length >= 0 else file.seek(0, 2)
            if length > LARGEST:
                raise OSError(f"{length} bytes are too many")
            file.seek(self.offset)
            return file.read(length)


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
        for pixels, faults in loader:
            yield Part(pixels.float().div_(255), faults)


class _Decoded(Dataset[tuple[UInt8[Tensor, "readable 3 height width"], list[str]]]):
    """Whole parts, decoded; as bytes, which take a quarter of the memory that workers share with this process."""

    def __init__(self, images: EncodedImages, parts: Sequence[Sequence[int]]) -> None:
        self.images, self.parts = images, parts

    def __len__(self) -> int:
        return len(self.parts)

    def __getitem__(self, part: int) -> tuple[UInt8[Tensor, "readable 3 height width"], list[str]]:
        size = self.images.size
        decoded, faults = [], []
        for number in self.parts[part]:
            content = b""
            try:
                content = self.images.content(number)
                decoded.append(_decode(content, size, self.images.shorter_side))
                faults.append("")
            except Exception as error:  # Pillow raises whatever parsing a damaged file comes to, and MemoryError
                faults.append(fault(error, content))
        # NumPy stacks them: a call of torch for every image would wait for all of torch's threads each time
        pixels = np.stack(decoded) if decoded else np.empty((0, size, size, 3), np.uint8)
        return torch.from_numpy(pixels).movedim(-1, 1).contiguous(), faults
