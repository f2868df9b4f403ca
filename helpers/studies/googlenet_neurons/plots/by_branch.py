"""Numbers of branches beside each other: a mark for each branch and quantity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from helpers.plots.style import MARKERS, PALETTE, array, legend_above, panels


def by_branch(
    values: Mapping[str, ArrayLike],
    branches: Sequence[str],
    *,
    y_label: str,
    level: float | None = None,
    logarithmic: bool = False,
    y_limits: tuple[float | None, float | None] = (0, None),
) -> Figure:
    """Several quantities of each branch; a quantity with several values a branch (branch, draw) shows all of them.

    level: drawn as a dotted line. logarithmic: the vertical axis, whose limits are then left as they come.
    """
    figure, (axis,) = panels(1, columns=1, size=(6.9, 3.6))
    shift = np.linspace(-0.2, 0.2, len(values)) if len(values) > 1 else [0.0]
    for k, (name, one) in enumerate(values.items()):
        rows = array(one, float).reshape(len(branches), -1)
        x = np.repeat(np.arange(len(branches)) + shift[k], rows.shape[1])
        colour, marker = PALETTE[k % len(PALETTE)], MARKERS[k % len(MARKERS)]
        axis.plot(x, rows.ravel(), color=colour, marker=marker, markersize=5, linestyle="none", label=name)
    if level is not None:
        axis.axhline(level, color="black", linestyle=":", linewidth=1)
    axis.set_xticks(range(len(branches)), branches, rotation=60, ha="right", rotation_mode="anchor", fontsize=8)
    axis.set_ylabel(y_label)
    if logarithmic:
        axis.set_yscale("log")
    else:
        axis.set_ylim(*y_limits)
    if len(values) > 1:
        legend_above(figure, axis)
    return figure
