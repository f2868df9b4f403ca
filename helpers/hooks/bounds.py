"""What every entry of a tensor sees of an image: a rectangle for each, kept beside the tensor's memory.

A rectangle is four numbers: top, −bottom, left and −right. With these signs the smallest rectangle that holds several
others is the minimum of each number, and what sees nothing is infinite. Four more numbers are the same for an image
that goes on beyond its borders, so that padding has something to see.

Rectangles belong to memory, not to tensors: views need no rule, and what is written into a part of a tensor is known
to all of it. An axis along which all is alike is kept once (as an expanded axis), which makes most layers cheap.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import NamedTuple

import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef

NUMBERS = 8  # top, -bottom, left, -right; the same without borders
Jump = tuple[Fraction, Fraction]


class Bounds(NamedTuple):
    """The rectangles of a tensor's entries.

    ``unit`` numbers the units: it differs along the axis of units alone. ``jump`` is the distance in the image between
    neighbouring entries, by rows and columns. ``unknown`` names the first operation on the way that is not known;
    without it, the rectangles are exact, or the smallest known to hold what is seen, if ``exact`` is False.
    """

    planes: Tensor  # (number, *shape)
    unit: Tensor  # shape
    jump: Jump
    unknown: str = ""
    exact: bool = True


def of_image(shape: Sequence[int]) -> Bounds:
    """The bounds of images (image, channel, row, column): every point sees itself."""
    _, channels, height, width = shape
    rows, columns = torch.arange(height, device="cpu").float(), torch.arange(width, device="cpu").float()
    planes = torch.stack([n.expand(height, width) for n in (rows[:, None], -rows[:, None] - 1, columns, -columns - 1)])
    unit = torch.arange(channels, device="cpu").float()[None, :, None, None].expand(*shape)
    return Bounds(torch.cat([planes, planes])[:, None, None].expand(-1, *shape), unit, (Fraction(1), Fraction(1)))


def nothing(shape: Sequence[int]) -> Tensor:
    """Planes of entries that see nothing."""
    return torch.full([NUMBERS, *[1] * len(shape)], math.inf, device="cpu").expand(NUMBERS, *shape)


def compact(values: Tensor) -> Tensor:
    """The same without repetition: an axis along which all is one and the same entry of memory has length 1."""
    for axis, (length, stride) in enumerate(zip(values.shape, values.stride(), strict=True)):
        if stride == 0 and length > 1:
            values = values.narrow(axis, 0, 1)
    return values


def least(values: Sequence[Tensor], shape: Sequence[int], *, leading: int = 0) -> Tensor:
    """The minimum of tensors that are broadcast to this shape, behind ``leading`` axes that all of them have."""
    found: Tensor | None = None
    for value in map(compact, values):
        lead, inner = value.shape[:leading], value.shape[leading:]
        value = value.reshape([*lead, *[1] * (len(shape) - len(inner)), *inner])
        found = value if found is None else torch.minimum(found, value)
    assert found is not None
    return found.expand([*found.shape[:leading], *shape])


def joined(several: Sequence[Bounds], shape: Sequence[int]) -> Bounds:
    """The bounds of entries that look at the same entry of several tensors, which are broadcast to this shape."""
    alike = [bounds for bounds in several if bounds.unit.shape == tuple(shape)]
    return Bounds(
        least([bounds.planes for bounds in several], shape, leading=1),
        least([bounds.unit for bounds in several], shape),
        (alike or several)[0].jump,
        *status(several),
    )


def status(several: Sequence[Bounds]) -> tuple[str, bool]:
    """``unknown`` and ``exact`` of what is made of several tensors."""
    return next((b.unknown for b in several if b.unknown), ""), all(bounds.exact for bounds in several)


Geometry = tuple[tuple[int, ...], tuple[int, ...], int]


@dataclass
class _Entry:
    memory: StorageWeakRef  # as long as it is held, no other memory gets the same address
    item: int  # bytes
    geometry: Geometry | None  # that of the tensor which the bounds are of
    bounds: Bounds
    flat: Tensor | None = None  # (number, entry of memory), where parts of the memory were looked at


class Seen:
    """The bounds of all tensors that look at the image, by their memory."""

    def __init__(self) -> None:
        self.entries: dict[int, _Entry] = {}
        self.news = 0

    def get(self, tensor: Tensor) -> Bounds | None:
        """What the tensor's entries see; None for a tensor that does not look at the image."""
        entry = self.entries.get(tensor.untyped_storage()._cdata)
        if entry is None:
            return None
        if entry.flat is None and entry.geometry == _geometry(tensor):
            return entry.bounds
        if entry.flat is None and (found := _reordered(entry, _geometry(tensor))) is not None:
            return found
        if entry.item != tensor.element_size():
            return entry.bounds._replace(unknown="view", planes=nothing(tensor.shape), unit=nothing(tensor.shape)[0])
        part = _part(self._flat(entry, tensor), tensor).clone()  # what is written later does not change what was read
        return entry.bounds._replace(planes=part[:NUMBERS], unit=part[NUMBERS])

    def set(self, tensor: Tensor, bounds: Bounds) -> None:
        """Say what the tensor's entries see, whether it is new or was written to."""
        storage = tensor.untyped_storage()
        entry = self.entries.get(storage._cdata)
        if entry is None or (entry.flat is None and entry.geometry == _geometry(tensor)):
            whole = tensor.numel() * tensor.element_size() == storage.nbytes()
            new = _Entry(StorageWeakRef(storage), tensor.element_size(), _geometry(tensor), bounds)
            self._forget()
            if whole or entry is not None:
                self.entries[storage._cdata] = new
                return
            empty = bounds._replace(planes=nothing(tensor.shape), unit=nothing(tensor.shape)[0])
            entry = self.entries[storage._cdata] = _Entry(new.memory, new.item, new.geometry, empty)
        part = _part(self._flat(entry, tensor), tensor)
        part[:NUMBERS], part[NUMBERS] = bounds.planes, bounds.unit
        unknown, exact = status([entry.bounds, bounds])
        entry.bounds = entry.bounds._replace(unknown=unknown, exact=exact)

    def _flat(self, entry: _Entry, tensor: Tensor) -> Tensor:
        if entry.flat is None:
            length = tensor.untyped_storage().nbytes() // entry.item
            entry.flat = torch.full((NUMBERS + 1, length), math.inf, device="cpu")
            assert entry.geometry is not None
            shape, strides, offset = entry.geometry
            view = entry.flat.as_strided((NUMBERS + 1, *shape), (length, *strides), offset)
            view[:NUMBERS], view[NUMBERS] = entry.bounds.planes, entry.bounds.unit
        return entry.flat

    def _forget(self) -> None:
        """Drop what memory that is gone has seen, now and then."""
        self.news += 1
        if self.news % 32 == 0:
            self.entries = {key: entry for key, entry in self.entries.items() if not entry.memory.expired()}


def _geometry(tensor: Tensor) -> Geometry:
    return tuple(tensor.shape), tensor.stride(), int(tensor.storage_offset())


def _reordered(entry: _Entry, to: Geometry) -> Bounds | None:
    """The bounds of a view of all entries, with axes in another order, split or merged; None for other views."""
    assert entry.geometry is not None
    shape, strides, offset = entry.geometry
    if offset == to[2] and prod(shape) == prod(to[0]) and _in_order(shape, strides) and _in_order(to[0], to[1]):
        planes, unit = entry.bounds.planes.reshape(NUMBERS, *to[0]), entry.bounds.unit.reshape(to[0])
        return entry.bounds._replace(planes=planes, unit=unit)
    long = [(stride, length) for stride, length in zip(strides, shape, strict=True) if length > 1]
    wanted = [(stride, length) for stride, length in zip(to[1], to[0], strict=True) if length > 1]
    if offset != to[2] or sorted(long) != sorted(wanted) or len({stride for stride, _ in long}) < len(long):
        return None
    order = [long.index(axis) for axis in wanted]
    planes = entry.bounds.planes.reshape(NUMBERS, *(length for _, length in long)).permute(0, *(1 + at for at in order))
    unit = entry.bounds.unit.reshape([length for _, length in long]).permute(order)
    return entry.bounds._replace(planes=planes.reshape(NUMBERS, *to[0]), unit=unit.reshape(to[0]))


def _in_order(shape: Sequence[int], strides: Sequence[int]) -> bool:
    """Whether entries lie one after the other in memory."""
    expected = 1
    for length, stride in zip(reversed(shape), reversed(strides), strict=True):
        if length > 1 and stride != expected:
            return False
        expected *= length
    return True


def _part(flat: Tensor, tensor: Tensor) -> Tensor:
    strides = (flat.shape[1], *tensor.stride())
    return flat.as_strided((NUMBERS + 1, *tensor.shape), strides, tensor.storage_offset())
