"""Pictures in a grid: colour images as they are, magnitudes, and signed filters centred at 0."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from helpers.plots.style import DIVERGING, PALETTE, SEQUENTIAL, array, panels

# Top, bottom, left, right; bottom and right are not included. A Window of helpers.hooks.windows is one.
Frame = tuple[int, int, int, int]

_LETTER = 0.085  # inches of a row's height for each letter of its name: 0.07 at 9 points, and what lies between rows


def grid(
    rows: Mapping[str, Mapping[str, ArrayLike]],
    *,
    signed: Collection[str] = (),
    boxes: Mapping[tuple[str, str], Frame] | None = None,
    one_scale: bool = False,
) -> Figure:
    """A row of pictures for each name; the keys of the inner mappings stand above their pictures.

    A picture of three axes (colour, row, column) is an image from 0 to 1. One of two axes (row, column) is a
    magnitude, from 0 to its own maximum; in the columns named in ``signed``, where also filters with colours are
    taken (their mean over the colours is drawn), it is coloured to both sides of 0.
    boxes: (row, column) -> a part of that picture that is framed.
    one_scale: draws all magnitudes of a row from 0 to the largest of them, so that they can be compared.
    """
    columns = max(len(cells) for cells in rows.values())
    heads = [list(cells) for cells in rows.values()]
    side = min(6.9 / columns, 1.9)
    one_head = all(head == heads[0] for head in heads)
    figure, axes = panels(len(rows) * columns, columns=columns, size=(side, side + (0 if one_head else 0.2)))
    for number, (row, cells) in enumerate(rows.items()):
        line = axes[number * columns : (number + 1) * columns]
        top = max(float(array(picture, float).max()) for picture in cells.values()) if one_scale else None
        for axis, (column, picture) in zip(line, cells.items(), strict=False):
            draw(axis, picture, signed=column in signed, top=top)
            if number == 0 or not one_head:
                axis.set_title(column, fontsize=9)
            if boxes and (row, column) in boxes:
                _frame(axis, boxes[row, column])
        for empty in line[len(cells) :]:
            empty.set_axis_off()
        name_row(line[0], row, side)
    return figure


def name_row(axis: Axes, name: str, side: float) -> None:
    """The name of a row along its first picture, ``side`` inches high, in lines of about equal length that fit."""

    def lines(width: int) -> list[str]:
        wrap = textwrap.TextWrapper(width, break_long_words=False, break_on_hyphens=False).wrap
        return [part for line in name.splitlines() for part in wrap(line)]

    most = max(int(side / _LETTER), 1)
    narrowest = next(width for width in range(1, most + 1) if len(lines(width)) <= len(lines(most)))
    axis.set_ylabel("\n".join(lines(narrowest)), fontsize=9)


def draw(axis: Axes, picture: ArrayLike, *, signed: bool, top: float | None = None) -> None:
    """One picture; see :func:`grid` for its axes. Raises ValueError for any other number of axes.

    top: the magnitude that is drawn brightest; the largest of the picture unless given.
    """
    values = array(picture, float)
    if values.ndim not in (2, 3):
        raise ValueError(f"a picture has two axes, or three with the colours first; got shape {values.shape}")
    if signed:
        flat = values.mean(axis=0) if values.ndim == 3 else values
        reach = float(np.abs(flat).max()) or 1.0
        axis.imshow(flat, cmap=DIVERGING, vmin=-reach, vmax=reach)
    elif values.ndim == 3:
        axis.imshow(np.clip(np.moveaxis(values, 0, -1), 0, 1))
    else:
        axis.imshow(values, cmap=SEQUENTIAL, vmin=0, vmax=(float(values.max()) if top is None else top) or 1.0)
    axis.set(xticks=[], yticks=[])
    axis.spines[:].set_visible(False)
    axis.grid(False)


def _frame(axis: Axes, frame: Frame) -> None:
    top, bottom, left, right = frame
    edge = (left - 0.5, top - 0.5)
    axis.add_patch(Rectangle(edge, right - left, bottom - top, fill=False, edgecolor=PALETTE[4], linewidth=1.2))
