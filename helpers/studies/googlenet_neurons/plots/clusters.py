"""Clusters of units: which are real at one glance, embeddings with their dendrograms, and kernels of clusters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from helpers.plots.style import DIVERGING, MARKERS, PALETTE, SEQUENTIAL, array, legend_above, panels


class Embedded(NamedTuple):
    """What is drawn of a set: embeddings (unit, 2) with clusters, and SciPy's trees, trained and random weights.

    clusters: where the trees are cut. steps: the number of clusters at which each tree has its widest step.
    """

    title: str
    plane: ArrayLike
    label: ArrayLike
    control: ArrayLike
    control_label: ArrayLike
    trees: tuple[ArrayLike, ArrayLike]
    clusters: int
    steps: tuple[int, int]


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


def beside_numbers(names: Sequence[str], values: ArrayLike, numbers: Sequence[str], *, x_label: str) -> Figure:
    """A row for each set with a mark for each number of neighbours. values: (set, number)."""
    figure, (axis,) = panels(1, columns=1, size=(6.8, 0.9 + 0.32 * len(names)))
    heights = np.arange(len(names))
    for k, (number, column) in enumerate(zip(numbers, array(values, float).T, strict=True)):
        y = heights + 0.22 * (k - (len(numbers) - 1) / 2)
        axis.plot(column, y, linestyle="none", marker=MARKERS[k], markersize=5, color=PALETTE[k], label=number)
    axis.set(xlabel=x_label, xlim=(-0.02, 1.02), ylim=(len(names) - 0.5, -0.5))
    axis.set_yticks(heights, names, fontsize=8)
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
    """For each set a row: embedding by clusters and dendrogram with its cut, and then both of random weights."""
    figure, axes = panels(4 * len(sets), columns=4, size=(1.75, 2.2))
    for row, each in enumerate(sets):
        own, tree, control, control_tree = axes[4 * row : 4 * row + 4]
        _points(own, each.plane, each.label)
        _points(control, each.control, each.control_label)
        own.set_title(each.title, fontsize=8)
        control.set_title("random weights", fontsize=8)
        for axis, own_tree, step in zip((tree, control_tree), each.trees, each.steps, strict=True):
            _dendrogram(axis, array(own_tree, float), each.clusters, step)
    return figure


def kernels_of_clusters(sets: Mapping[str, Mapping[str, ArrayLike]]) -> Figure:
    """For each set a row of two panels: the nearest unit and the mean of each cluster (left), the deviation (right).

    sets: title -> heading of a cluster -> (3, row, column): unit, mean, standard deviation. Signed pictures of a set
    have one scale, centred at 0; standard deviations have their own.
    """
    figure, axes = panels(2 * len(sets), columns=2, size=(3.45, 1.5))
    for (left, right), (title, clusters) in zip(zip(axes[::2], axes[1::2], strict=True), sets.items(), strict=True):
        pictures = np.stack([array(each, float) for each in clusters.values()])  # (cluster, 3, row, column)
        signed, spread = np.moveaxis(pictures[:, :2], 1, 0), np.moveaxis(pictures[:, 2:], 1, 0)
        reach = np.abs(signed).max() or 1.0
        _mosaic(left, signed, list(clusters), ["unit", "mean"], cmap=DIVERGING, vmin=-reach, vmax=reach)
        _mosaic(right, spread, list(clusters), ["deviation"], cmap=SEQUENTIAL, vmin=0, vmax=spread.max() or 1.0)
        left.set_title(title, fontsize=9, loc="left")
    return figure


def _mosaic(axis: Axes, pictures: np.ndarray, heads: Sequence[str], sides: Sequence[str], **colours: Any) -> None:
    """One image of all pictures (line, column of the mosaic, row, column), with gaps of one pixel."""
    lines, columns, height, width = pictures.shape
    whole = np.full((lines * (height + 1) - 1, columns * (width + 1) - 1), np.nan)
    for (line, column), _ in np.ndenumerate(pictures[:, :, 0, 0]):
        top, left = line * (height + 1), column * (width + 1)
        whole[top : top + height, left : left + width] = pictures[line, column]
    drawn = axis.imshow(whole, **colours)
    axis.set_xticks(np.arange(columns) * (width + 1) + (width - 1) / 2, heads, fontsize=7)
    axis.set_yticks(np.arange(lines) * (height + 1) + (height - 1) / 2, sides, fontsize=7)
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)
    axis.grid(False)
    axis.figure.colorbar(drawn, ax=axis, aspect=14, shrink=0.8).ax.tick_params(labelsize=7)


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


def _points(axis: Axes, plane: ArrayLike, label: ArrayLike) -> None:
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
    axis.legend(  # below the axis, where it covers no unit
        fontsize=6,
        loc="upper center",
        bbox_to_anchor=(0.5, -0.12),
        ncols=3,
        frameon=False,
        handletextpad=0,
        borderpad=0,
        columnspacing=0.6,
        labelspacing=0.2,
    )


def _dendrogram(axis: Axes, tree: np.ndarray, clusters: int, step: int) -> None:
    from scipy.cluster.hierarchy import dendrogram  # imported here because it takes a second

    heights = np.sort(tree[:, 2])
    line = (heights[-clusters] + heights[-clusters + 1]) / 2  # between the merges that the cut keeps and undoes
    found = dendrogram(tree, no_plot=True, no_labels=True)
    joints = [list(zip(x, y, strict=True)) for x, y in zip(found["icoord"], found["dcoord"], strict=True)]
    axis.add_collection(LineCollection(joints, colors="#777777", linewidths=0.5))
    axis.autoscale_view()
    axis.axhline(line, color=PALETTE[1], linestyle="--", linewidth=1)
    axis.set(xticks=[], xlabel="units", ylabel="height")
    axis.set_title(f"cut at {clusters},\nwidest step at {step}", fontsize=8)
    axis.grid(False)
