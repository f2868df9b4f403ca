"""Signals in a grid of panels: a row per network, a column per position or layer."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from helpers.plots.style import PALETTE, array, panels


def signal_grid(rows: Mapping[str, Mapping[str, ArrayLike]], *, marks: Mapping[str, int]) -> Figure:
    """A panel per row and column, each with its own scale.

    rows: for each row, the signals of each column: one (time), or several (signal, time), of which the first is in
    front. All rows have the same columns.
    marks: for each column, the position that is marked.
    """
    columns = len(next(iter(rows.values())))
    figure, axes = panels(len(rows) * columns, columns=columns, size=(6.9 / columns, 1.6))
    for number, (row, cells) in enumerate(rows.items()):
        for axis, (column, values) in zip(axes[number * columns :], cells.items(), strict=False):
            signals = np.atleast_2d(array(values))
            time = np.arange(1, signals.shape[1] + 1)
            for signal in signals[1:]:
                axis.plot(time, signal, color=PALETTE[5], linewidth=0.6, alpha=0.7)
            axis.plot(time, signals[0], color=PALETTE[0], linewidth=1.1)
            axis.axvline(marks[column], color=PALETTE[1], linestyle="--", linewidth=0.9)
            axis.tick_params(labelsize=8)
            if number == 0:
                axis.set_title(column)
            if number == len(rows) - 1:
                axis.set_xlabel("position")
        axes[number * columns].set_ylabel(row)
    return figure
