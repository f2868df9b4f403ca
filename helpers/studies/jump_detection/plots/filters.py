"""Plots of one-dimensional filters."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from helpers.plots.style import MARKERS, PALETTE, array, panels


def one_by_one(filters: Mapping[str, ArrayLike], *, columns: int = 3, x_label: str = "weight of the filter") -> Figure:
    """A panel per named set of filters (seed, tap): a line per seed; the zero line is black."""
    figure, axes = panels(len(filters), columns=columns, size=(6.8 / columns, 2.0))
    for axis, (name, values) in zip(axes, filters.items(), strict=True):
        rows = array(values)
        taps = np.arange(1, rows.shape[1] + 1)
        for k, row in enumerate(rows):
            axis.plot(
                taps, row, color=PALETTE[k % len(PALETTE)], marker=MARKERS[k % len(MARKERS)], markersize=4, linewidth=1
            )
        axis.axhline(0, color="black", linewidth=0.8)
        axis.set(title=name, xticks=taps if len(taps) < 12 else taps[::2])
    for axis in axes[-columns:]:
        axis.set(xlabel=x_label)
    return figure


def overlaid(filters: Mapping[str, ArrayLike], *, x_label: str) -> Figure:
    """Filters in one panel, each scaled to a maximum of 1.

    filters: for each name one filter (point), or one per seed (seed, point), which become thin lines.
    x_label: the label of the x axis.
    """
    figure, (axis,) = panels(1, columns=1, size=(6.5, 3.4))
    for index, (name, values) in enumerate(filters.items()):
        rows = np.atleast_2d(array(values, float))
        for k, row in enumerate(rows / np.abs(rows).max(axis=1, keepdims=True)):
            axis.plot(
                np.arange(1, len(row) + 1),
                row,
                color=PALETTE[index],
                linewidth=1.8 if len(rows) == 1 else 0.9,
                linestyle=("-", "--", ":")[index % 3],
                label=name if k == 0 else None,
            )
    axis.axhline(0, color="black", linewidth=0.6)
    axis.set(xlabel=x_label, ylabel="weight, scaled to 1")
    axis.legend()
    return figure
