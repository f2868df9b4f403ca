"""Clusters of units: which are real at one glance, embeddings with their dendrograms, and kernels of clusters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from helpers.plots.style import DIVERGING, MARKERS, PALETTE, SEQUENTIAL, array, legend_above, panels


class Embedded(NamedTuple):
    """What is drawn of a set: two embeddings (unit, 2) with clusters, and SciPy's tree with the number of clusters."""

    title: str
    plane: ArrayLike
    label: ArrayLike
    control: ArrayLike
    control_label: ArrayLike
    tree: ArrayLike
    clusters: int


def beside_controls(
    names: Sequence[str], own: ArrayLike, drawn: Mapping[str, ArrayLike], *, x_label: str, level: float | None = None
) -> Figure:
    """A row for each set: its own value, and the range of the draws (set, draw) of each control as a bar."""
    figure, (axis,) = panels(1, columns=1, size=(6.8, 0.9 + 0.32 * len(names)))
    _rows(axis, names, own, drawn)
    axis.set_xlabel(x_label)
    if level is not None:
        axis.axvline(level, color="black", linestyle=":", linewidth=1)
    legend_above(figure, axis)
    return figure


def which_are_real(
    names: Sequence[str], own: ArrayLike, drawn: Mapping[str, ArrayLike], marks: Mapping[str, ArrayLike]
) -> Figure:
    """Silhouettes beside their controls (left), and shares from 0 to 1 by set as a table of colours (right).

    own: mean silhouettes (set); drawn: control -> those of its draws (set, draw); marks: heading -> share (set).
    """
    figure, (left, right) = panels(2, columns=2, size=(3.45, 2.4 + 0.27 * len(names)))
    _rows(left, names, own, drawn)
    left.set_xlabel("mean silhouette")
    table = np.stack([array(values, float) for values in marks.values()], axis=1)  # (set, mark)
    shown = right.imshow(table, cmap=SEQUENTIAL, vmin=0, vmax=1, aspect="auto")
    for (row, column), value in np.ndenumerate(table):
        right.text(
            column, row, f"{value:.2f}", ha="center", va="center", fontsize=7, color="black" if value > 0.6 else "white"
        )
    right.set_xticks(range(len(marks)), list(marks), fontsize=8, rotation=35, ha="right", rotation_mode="anchor")
    right.set_yticks(range(len(names)), [""] * len(names))
    right.set_ylim(len(names) - 0.5, -0.5)
    right.grid(False)
    figure.colorbar(shown, ax=right, location="top", shrink=0.9, aspect=30, label="share, or agreement")
    legend_above(figure, left)
    return figure


def embeddings(sets: Sequence[Embedded]) -> Figure:
    """For each set a row: the embedding by clusters, that of random weights, and the dendrogram with its cut."""
    figure, axes = panels(3 * len(sets), columns=3, size=(2.3, 2.1))
    for row, each in enumerate(sets):
        own, control, tree = axes[3 * row : 3 * row + 3]
        _points(own, each.plane, each.label, sizes=True)
        _points(control, each.control, each.control_label)
        own.set_title(each.title, fontsize=9)
        control.set_title("random weights", fontsize=9)
        _dendrogram(tree, array(each.tree, float), each.clusters)
    return figure


def kernels_of_clusters(sets: Mapping[str, Mapping[str, ArrayLike]], *, side: int = 9) -> Figure:
    """For each set and cluster three pictures: the nearest unit, the mean, and the standard deviation.

    sets: title -> heading of a cluster -> (3, row, column). Signed pictures of a set have one scale, centred at 0;
    standard deviations have their own.
    """
    columns = max(side, *(len(clusters) for clusters in sets.values()))
    figure, axes = panels(3 * len(sets) * columns, columns=columns, size=(6.9 / columns, 6.9 / columns + 0.02))
    for number, (title, clusters) in enumerate(sets.items()):
        lines = [axes[(3 * number + k) * columns : (3 * number + k + 1) * columns] for k in range(3)]
        pictures = np.stack([array(each, float) for each in clusters.values()])  # (cluster, 3, row, column)
        reach = np.abs(pictures[:, :2]).max() or 1.0
        for k, heading in enumerate(clusters):
            for line, picture in zip(lines[:2], pictures[k], strict=False):
                signed = line[k].imshow(picture, cmap=DIVERGING, vmin=-reach, vmax=reach)
            spread = lines[2][k].imshow(pictures[k, 2], cmap=SEQUENTIAL, vmin=0, vmax=pictures[:, 2].max() or 1.0)
            lines[0][k].set_title(heading, fontsize=8)
        for line, name in zip(lines, (f"{title}\nunit", "mean", "deviation"), strict=True):
            line[0].set_ylabel(name, fontsize=8)
            for axis in line:
                axis.set(xticks=[], yticks=[])
                axis.grid(False)
                axis.spines[:].set_visible(False)
        for axis in [axis for line in lines for axis in line[len(clusters) :]]:
            axis.set_visible(False)
        for part, drawn in ((lines[:2], signed), (lines[2:], spread)):
            figure.colorbar(drawn, ax=[axis for line in part for axis in line], aspect=12, shrink=0.8).ax.tick_params(
                labelsize=7
            )
    return figure


def _rows(axis: Axes, names: Sequence[str], own: ArrayLike, drawn: Mapping[str, ArrayLike]) -> None:
    heights = np.arange(len(names))
    shifts = np.linspace(-0.24, 0.24, len(drawn)) if len(drawn) > 1 else [0.0]
    for k, (name, values) in enumerate(drawn.items()):
        rows = array(values, float)
        axis.hlines(
            heights + shifts[k], rows.min(axis=1), rows.max(axis=1), color=PALETTE[k + 1], linewidth=3, label=name
        )
    axis.plot(
        array(own, float), heights, linestyle="none", marker="D", markersize=4.5, color="black", label="trained weights"
    )
    axis.set_yticks(heights, names, fontsize=8)
    axis.set_ylim(len(names) - 0.5, -0.5)


def _points(axis: Axes, plane: ArrayLike, label: ArrayLike, *, sizes: bool = False) -> None:
    points, names = array(plane, float), array(label)
    for k in np.unique(names):
        own = points[names == k]
        axis.scatter(
            own[:, 0],
            own[:, 1],
            s=7,
            color=PALETTE[k % len(PALETTE)],
            marker=MARKERS[k % len(MARKERS)],
            linewidths=0,
            label=f"{k}: {len(own)}",
        )
    axis.set(xticks=[], yticks=[], xlabel="axis 1", ylabel="axis 2")
    axis.set_aspect("equal", adjustable="datalim")
    axis.grid(False)
    if sizes:
        axis.legend(
            fontsize=6, loc="best", handletextpad=0, borderpad=0.2, labelspacing=0.2, framealpha=0.7, title_fontsize=6
        )


def _dendrogram(axis: Axes, tree: np.ndarray, clusters: int) -> None:
    from scipy.cluster.hierarchy import dendrogram  # imported here because it takes a second

    heights = np.sort(tree[:, 2])
    line = (heights[-clusters] + heights[-clusters + 1]) / 2  # between the merges that the cut keeps and undoes
    found = dendrogram(tree, no_plot=True, no_labels=True)
    for x, y in zip(found["icoord"], found["dcoord"], strict=True):
        axis.plot(x, y, color="#555555", linewidth=0.5)
    axis.axhline(line, color=PALETTE[1], linestyle="--", linewidth=1)
    axis.set(xticks=[], xlabel="units", ylabel="height")
    axis.set_title(f"Ward, cut at {clusters}", fontsize=9)
    axis.grid(False)
