"""Shares as a heat map with the numbers in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from helpers.plots.style import SEQUENTIAL, array, panels


def shares(rows: Mapping[str, ArrayLike], *, columns: Sequence[str]) -> Figure:
    """A heat map of numbers from 0 to 1, each written in its field.

    rows: for each row, a number per column.
    columns: the names of the columns.
    """
    values = np.stack([array(row, float) for row in rows.values()])  # (row, column)
    figure, (axis,) = panels(1, columns=1, size=(6.8, 1.4 + 0.28 * len(values)))
    drawn = axis.imshow(values, cmap=SEQUENTIAL, vmin=0, vmax=1, aspect="auto")
    axis.grid(False)
    axis.set_xticks(range(len(columns)), list(columns), rotation=40, ha="right")
    axis.set_yticks(range(len(rows)), list(rows))
    for (row, column), value in np.ndenumerate(values):
        colour = "white" if value < 0.6 else "black"
        axis.text(column, row, f"{value:.2f}", ha="center", va="center", color=colour, fontsize=9)
    figure.colorbar(drawn, ax=axis, shrink=0.8, label="probability")
    return figure
