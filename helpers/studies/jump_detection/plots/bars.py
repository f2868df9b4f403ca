"""Methods side by side: mean and 95% interval over seeds, and the study's own value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from helpers.plots.style import PALETTE, array, panels
from helpers.statistics.intervals import mean_interval


def methods(
    values: Mapping[str, Mapping[str, ArrayLike]],
    *,
    paper: Mapping[str, Sequence[float]],
    measures: Sequence[str],
) -> Figure:
    """A panel per measure, a row per method.

    values: for each method, one array over seeds per measure, in the order of ``measures``.
    paper: for each method that the study has, its values in the same order.
    measures: the titles of the panels.
    """
    figure, axes = panels(len(measures), columns=2, size=(3.4, 0.7 + 0.32 * len(values)))
    rows = np.arange(len(values))
    for k, (axis, measure) in enumerate(zip(axes, measures, strict=True)):
        for row, (name, per_measure) in zip(rows, values.items(), strict=True):
            seeds = array(list(per_measure.values())[k], float)
            mean, low, high = mean_interval(seeds)
            axis.barh(row, mean, color=PALETTE[5], height=0.7)
            if low is not None and high is not None:
                axis.plot([low, high], [row, row], color="black", linewidth=2)
            if name in paper:
                axis.plot(paper[name][k], row, marker="D", color=PALETTE[1], markersize=5, linestyle="none")
        axis.set(title=measure, xlabel="error [points]")
        axis.set_yticks(rows, list(values) if k % 2 == 0 else [""] * len(values))
        axis.invert_yaxis()
        axis.grid(axis="y", visible=False)
    return figure
