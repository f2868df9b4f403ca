"""Longest bars beside those of null clouds, shares of a grid, and directions around the circle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from helpers.plots.style import MARKERS, PALETTE, array, legend_above, panels


def bars_beside_nulls(rows: Mapping[str, Mapping[str, ArrayLike]], *, drawn: Sequence[str], x_label: str) -> Figure:
    """A row for each set: values of some kinds as points, of the others the middle 90% as a line with its median.

    rows: set -> kind -> values. drawn: the kinds whose values are points.
    """
    figure, (axis,) = panels(1, columns=1, size=(6.8, 1.0 + 0.3 * len(rows)))
    kinds = list(next(iter(rows.values())))
    for height, values in enumerate(rows.values()):
        for k, kind in enumerate(kinds):
            y = height + 0.22 * (k - (len(kinds) - 1) / 2)
            found, colour = array(values[kind], float), PALETTE[k]
            label = kind if height == 0 else None
            if kind in drawn:
                axis.scatter(
                    found, np.full(len(found), y), s=18, color=colour, marker=MARKERS[k], label=label, linewidths=0
                )
            elif len(found):
                low, middle, high = np.quantile(found, [0.05, 0.5, 0.95])
                axis.plot([low, high], [y, y], color=colour, linewidth=3, alpha=0.5, label=label)
                axis.plot([middle], [y], marker="|", color=colour, markersize=8)
    axis.set_yticks(range(len(rows)), list(rows))
    axis.set(xlabel=x_label, xlim=(0, None), ylim=(len(rows) - 0.4, -0.6))
    legend_above(figure, axis)
    return figure


def roses(directions: Mapping[str, ArrayLike], *, columns: int = 4) -> Figure:
    """The share of directions in each of equal sectors, for each name, around a circle; the dotted one is even."""
    figure, axes = panels(len(directions), columns=columns, size=(7.0 / columns, 1.9))
    for axis, (name, shares) in zip(axes, directions.items(), strict=True):
        found = array(shares, float)
        angle = np.append(np.arange(len(found)), 0) * 2 * np.pi / len(found)
        radius = np.append(found, found[0]) * len(found)
        axis.fill(radius * np.cos(angle), radius * np.sin(angle), color=PALETTE[0], alpha=0.35, linewidth=0)
        axis.plot(radius * np.cos(angle), radius * np.sin(angle), color=PALETTE[0], linewidth=1)
        around = np.linspace(0, 2 * np.pi, 200)
        axis.plot(np.cos(around), np.sin(around), color="black", linestyle=":", linewidth=0.8)
        reach = max(1.2, 1.05 * float(radius.max()))
        axis.set(xticks=[], yticks=[], aspect="equal", xlim=(-reach, reach), ylim=(reach, -reach))
        axis.set_title(name, fontsize=8)
        axis.grid(False)
    return figure
