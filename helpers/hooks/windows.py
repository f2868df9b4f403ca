"""Rectangles of pixels or positions in a plane, and settings that hold for rows and columns alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from helpers.errors import BadInput

Span = tuple[int, int]  # of rows, of columns


class Window(NamedTuple):
    """Rows ``top`` to ``bottom`` and columns ``left`` to ``right`` of a plane, the last ones not included."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def slices(self) -> tuple[slice, slice]:
        """The index of the window in a plane: ``plane[..., *window.slices]``, with the axes (..., row, column)."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


def pair(value: int | Sequence[int]) -> Span:
    """(rows, columns) of a setting such as ``kernel_size``, which a layer may keep as one number for both.

    Raises BadInput for other than one or two numbers.
    """
    if isinstance(value, int):
        return value, value
    if len(value) != 2:
        raise BadInput(f"{tuple(value)} are {len(value)} numbers; allowed is one number, or two: of rows, of columns")
    rows, columns = value
    return rows, columns
