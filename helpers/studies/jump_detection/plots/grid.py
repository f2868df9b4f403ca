"""Signals in a grid of panels: a row per network, a column per position or layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from helpers.plots.style import PALETTE, array, legend_above, panels

_BAND = (5, 95)  # percentiles


def signal_grid(
    rows: Mapping[str, Mapping[str, ArrayLike]],
    *,
    marks: Mapping[str, int],
    shared: Literal["all", "row", "column"] = "all",
) -> Figure:
    """A panel per row and column: one signal, and the mean and the middle 90% of all signals of the panel.

    rows: for each row, the signals (signal, time) of each column; the first one is drawn. All rows have the same
    columns.
    marks: for each column, the position that is marked.
    shared: which panels share the vertical axis.
    """
    columns = len(next(iter(rows.values())))
    figure, axes = panels(len(rows) * columns, columns=columns, size=(6.9 / columns, 1.6))
    for number, (row, cells) in enumerate(rows.items()):
        for axis, (column, values) in zip(axes[number * columns :], cells.items(), strict=False):
            signals = array(values)
            time = np.arange(1, signals.shape[1] + 1)
            low, high = np.percentile(signals, _BAND, axis=0)
            axis.fill_between(time, low, high, color=PALETTE[5], alpha=0.4, linewidth=0, label="90% of the starts")
            axis.plot(time, signals[0], color=PALETTE[1], linewidth=0.7, label="one start")
            axis.plot(time, signals.mean(axis=0), color=PALETTE[0], linewidth=1.3, label="mean of the starts")
            axis.axvline(marks[column], color="black", linestyle="--", linewidth=0.8)
            axis.tick_params(labelsize=8)
            if number == 0:
                axis.set_title(column)
            if number == len(rows) - 1:
                axis.set_xlabel("position")
        axes[number * columns].set_ylabel(f"{row}\nvalue")
    group = {"all": lambda i: 0, "row": lambda i: i // columns, "column": lambda i: i % columns}[shared]
    for number, axis in enumerate(axes):
        ends = [other.get_ylim() for i, other in enumerate(axes) if group(i) == group(number)]
        axis.set_ylim(min(low for low, _ in ends), max(high for _, high in ends))
        if shared != "column" and number % columns:
            axis.tick_params(labelleft=False)
    legend_above(figure, axes[0])
    return figure
