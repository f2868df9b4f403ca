"""One measurement under several conditions, so that paired differences can be seen."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from helpers.plots.style import PALETTE, array, panels
from helpers.statistics.intervals import mean_interval


def by_condition(
    measures: Mapping[str, Mapping[str, ArrayLike]], *, level: Mapping[str, float] | None = None
) -> Figure:
    """A panel per measure, a row per condition: a point per repetition, grey lines join what belongs together.

    measures: measure -> condition -> one value per repetition, in one order throughout. The black bar is the mean,
    the thick line its 95% interval. level: measure -> a value drawn as a dotted line, such as chance.
    """
    names = list(next(iter(measures.values())))
    figure, axes = panels(len(measures), columns=len(measures), size=(6.9 / len(measures), 0.9 + 0.42 * len(names)))
    for number, (axis, (measure, conditions)) in enumerate(zip(axes, measures.items(), strict=True)):
        table = np.array([array(values, float) for values in conditions.values()])  # (condition, repetition)
        heights = np.arange(len(table))
        axis.plot(table, heights, color="#999999", linewidth=0.5, alpha=0.6, zorder=1)
        for height, row in zip(heights, table, strict=True):
            mean, low, high = mean_interval(row)
            axis.scatter(row, np.full(len(row), height), s=9, color=PALETTE[0], alpha=0.6, linewidths=0, zorder=2)
            axis.plot([mean, mean], [height - 0.28, height + 0.28], color="black", linewidth=1.6, zorder=3)
            if low is not None and high is not None:
                axis.plot([low, high], [height, height], color="black", linewidth=3, alpha=0.6, zorder=3)
        if level and measure in level:
            axis.axvline(level[measure], color="black", linestyle=":", linewidth=1)
        axis.set_title(measure)
        axis.set_yticks(heights, names if number == 0 else [""] * len(names))
        axis.invert_yaxis()
        axis.grid(axis="y", visible=False)
    return figure
