"""One-dimensional filters over each other."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from helpers.plots.style import PALETTE, panels


def overlaid(filters: Mapping[str, ArrayLike], *, x_label: str) -> Figure:
    """Filters (point), or several seeds of one (seed, point) as thin lines, each scaled to a largest value of 1."""
    figure, (axis,) = panels(1, columns=1, size=(6.5, 3.4))
    for index, (name, values) in enumerate(filters.items()):
        rows = np.atleast_2d(np.asarray(values, dtype=float))
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
