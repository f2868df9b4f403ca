"""Sheets of small pictures: blocks of rows, each block with a title."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from helpers.plots.style import PALETTE, array, panels

_POINTS, _GAP = 48, 4  # of a picture and between pictures, in points of the drawing
_WIDTH = 6.9  # of the figure, in inches


def sheets(blocks: Mapping[str, Sequence[ArrayLike]], *, columns: int, mark: str = "\0") -> Figure:
    """For each title rows of colour pictures (picture, colour, row, column) from 0 to 1, all drawn in one size.

    Pictures are enlarged by repeating their points. Titles that end with ``mark`` are coloured.
    """
    images = [_block([array(row, float) for row in rows]) for rows in blocks.values()]
    widest = max(image.shape[1] for image in images)
    tallest = max(image.shape[0] for image in images)
    width = _WIDTH / columns
    figure, axes = panels(len(images), columns=columns, size=(width, width * tallest / widest + 0.27))
    figure.set_layout_engine("constrained", w_pad=0.03, h_pad=0.02, wspace=0, hspace=0)
    for axis, title, image in zip(axes, blocks, images, strict=True):
        filled = np.ones((tallest, widest, 3))
        filled[: image.shape[0], : image.shape[1]] = image
        axis.imshow(filled, aspect="equal")
        marked = title.endswith(mark)
        axis.set_title(title, fontsize=8, loc="left", pad=2, color=PALETTE[1] if marked else "black")
        axis.set_axis_off()
    return figure


def _block(rows: Sequence[np.ndarray]) -> np.ndarray:
    """One image of rows of pictures on white."""
    step = _POINTS + _GAP
    most = max(1, *(len(row) for row in rows))  # rows may be empty
    image = np.ones((len(rows) * step - _GAP, most * step - _GAP, 3))
    for y, row in enumerate(rows):
        for x, picture in enumerate(row):
            points = np.arange(_POINTS)
            down, across = (points * side // _POINTS for side in picture.shape[1:])
            enlarged = np.moveaxis(picture[:, down][:, :, across], 0, -1)
            image[y * step : y * step + _POINTS, x * step : x * step + _POINTS] = np.clip(enlarged, 0, 1)
    return image
