"""Plots of one-dimensional filters."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from helpers.plots.style import DIVERGING, PALETTE, array, panels


def by_seed(
    filters: Mapping[str, ArrayLike], *, columns: int = 3, x_label: str = "weight of the filter", first: int = 1
) -> Figure:
    """A panel per named set of filters (seed, tap): a row per seed, each scaled to its largest absolute weight.

    columns: the number of panels in a row.
    x_label: the label of the x axis.
    first: the number of the first tap.
    """
    heights = max(len(array(values)) for values in filters.values())
    figure, axes = panels(len(filters), columns=columns, size=(6.8 / columns, 0.9 + 0.2 * heights))
    for number, (axis, (name, values)) in enumerate(zip(axes, filters.items(), strict=True)):
        rows = array(values)
        taps = np.arange(first, first + rows.shape[1])
        scaled = rows / np.abs(rows).max(axis=1, keepdims=True)
        extent = (taps[0] - 0.5, taps[-1] + 0.5, len(rows) - 0.5, -0.5)
        drawn = axis.imshow(scaled, cmap=DIVERGING, vmin=-1, vmax=1, aspect="auto", extent=extent)
        axis.grid(False)
        axis.set(title=name, xticks=taps if len(taps) < 10 else taps[:: len(taps) // 5], yticks=range(len(rows)))
        if number % columns == 0:
            axis.set_ylabel("seed")
        if number >= len(filters) - columns:
            axis.set_xlabel(x_label)
    figure.colorbar(drawn, ax=axes, label="weight, scaled to 1", shrink=0.6, location="bottom")
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
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))  # points have whole numbers
    axis.set(xlabel=x_label, ylabel="weight, scaled to 1")
    axis.legend()
    return figure
