"""Figures of the page on ablated groups: accuracy without a group, beside units like it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from helpers.plots.style import MARKERS, PALETTE, array, legend_above, panels
from helpers.statistics.intervals import mean_interval

_CROWDED = 20  # names that still fit below an axis


def accuracies(groups: Mapping[str, Mapping[str, ArrayLike]], *, x_label: str, level: float, level_name: str) -> Figure:
    """A row for each group; for each of its values the mean over the images, with its 95% interval.

    groups: group -> what was done -> a value for each image. level: of the whole network, a dotted line.
    """
    heads = list(dict.fromkeys(name for each in groups.values() for name in each))
    figure, (axis,) = panels(1, columns=1, size=(6.8, 1.0 + 0.55 * len(groups)))
    heights = np.arange(len(groups))
    for k, name in enumerate(heads):
        offset = (k - (len(heads) - 1) / 2) * 0.8 / len(heads)
        for height, each in zip(heights, groups.values(), strict=True):
            if name not in each:
                continue
            mean, low, high = mean_interval(array(each[name], float), bounds=(0, 1))
            at, colour = height + offset, PALETTE[k % len(PALETTE)]
            if low is not None and high is not None:
                axis.plot([low, high], [at, at], color=colour, linewidth=1.2)
            label = name if height == 0 else None
            axis.plot([mean], [at], color=colour, marker=MARKERS[k], markersize=5, linestyle="none", label=label)
    axis.axvline(level, color="black", linestyle=":", linewidth=1, label=level_name)
    axis.set_yticks(heights, list(groups), fontsize=9)
    axis.set(xlabel=x_label)
    axis.invert_yaxis()
    axis.grid(axis="y", visible=False)
    legend_above(figure, axis)
    return figure


def losses_of_clusters(losses: Mapping[str, Sequence[tuple[float, float, int]]], *, y_label: str) -> Figure:
    """A point for each cluster, by branch: what is lost without it (filled), and without units like its own (open).

    losses: branch -> (own, like, size) of each cluster. The area of a point grows with the size of the cluster.
    """
    figure, (axis,) = panels(1, columns=1, size=(6.8, 3.6))
    for place, clusters in enumerate(losses.values()):
        for number, (own, like, size) in enumerate(clusters):
            x = place + (number - (len(clusters) - 1) / 2) * 0.8 / max(1, len(clusters))
            area = 6 + size / 2
            axis.plot([x, x], [like, own], color="0.6", linewidth=0.8, zorder=1)
            first = place == number == 0
            axis.scatter([x], [own], s=area, color=PALETTE[0], zorder=3, label="the cluster" if first else None)
            axis.scatter(
                [x], [like], s=area, facecolors="white", edgecolors=PALETTE[1], zorder=2,
                label="as many units like its own" if first else None,
            )  # fmt: skip
    step = -(-len(losses) // _CROWDED)
    names = [name if k % step == 0 else "" for k, name in enumerate(losses)]
    axis.set_xticks(range(len(losses)), names, rotation=60, ha="right", fontsize=8)
    axis.axhline(0, color="black", linestyle=":", linewidth=1)
    axis.set_ylabel(y_label)
    if losses:
        legend_above(figure, axis)
    return figure
