"""Kernels beside patterns: how correlations spread, directions against each other, and what a unit's weights are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from helpers.plots.style import DIVERGING, MARKERS, PALETTE, array, legend_above, panels


def spreads(panel_values: Mapping[str, Mapping[str, ArrayLike]], *, x_label: str, bins: int = 41) -> Figure:
    """A panel for each kind of unit: how several sets of correlations spread, each as a share of its own number."""
    figure, axes = panels(len(panel_values), columns=min(2, len(panel_values)), size=(3.4, 2.7))
    edges = np.linspace(-1, 1, bins)
    for axis, (title, sets) in zip(axes, panel_values.items(), strict=True):
        for k, (name, values) in enumerate(sets.items()):
            numbers = array(values, float).ravel()
            heights, _ = np.histogram(numbers, bins=edges)
            axis.stairs(heights / max(len(numbers), 1), edges, color=PALETTE[k], label=name, linewidth=1.4)
            axis.axvline(numbers.mean(), color=PALETTE[k], linestyle=":", linewidth=1.2)
        axis.set(title=title, xlabel=x_label, xlim=(-1, 1))
        axis.set_ylabel("share of pairs")
    legend_above(figure, axes[0])
    return figure


def angles(panel_pairs: Mapping[str, tuple[ArrayLike, ArrayLike, ArrayLike]]) -> Figure:
    """A panel for each kind of pattern: direction of the kernel across, of the pattern upwards, in degrees.

    panel_pairs: title -> directions of kernels, directions of patterns, and weights from 0 to 1, which are the area of
    the points.
    """
    figure, axes = panels(len(panel_pairs), columns=min(2, len(panel_pairs)), size=(3.4, 3.4))
    for axis, (title, (kernel, pattern, weight)) in zip(axes, panel_pairs.items(), strict=True):
        axis.plot([0, 180], [0, 180], color="black", linestyle=":", linewidth=1)
        axis.scatter(
            array(kernel), array(pattern), s=1 + 40 * array(weight, float), color=PALETTE[0], alpha=0.5, linewidths=0
        )
        axis.set(xlim=(0, 180), ylim=(0, 180), aspect="equal", title=title)
        axis.set(xlabel="direction of the kernel [degrees]", ylabel="direction of the pattern [degrees]")
        for set_ticks in (axis.set_xticks, axis.set_yticks):
            set_ticks([0, 45, 90, 135, 180])
    return figure


def unit_weights(weights: ArrayLike, *, title: str, shown: int = 9) -> Figure:
    """The weights of one unit as a stack of kernels, (channel, row, column); one row and one column are framed."""
    values = array(weights, float)[:shown]
    reach = float(np.abs(values).max()) or 1.0
    channels, rows, columns = values.shape
    figure, (axis,) = panels(1, columns=1, size=(6.2, 3.4))
    shift = 0.45
    for k in reversed(range(channels)):
        left, top = k * shift * columns * 0.5, -k * shift * 0.5
        extent = (left, left + columns, top - rows, top)
        axis.imshow(values[k], cmap=DIVERGING, vmin=-reach, vmax=reach, extent=extent, zorder=channels - k)
        for x, y, wide, high, colour in (
            (left, top - rows, columns, rows, "black"),
            (left, top - rows, 1, rows, PALETTE[4]),
            (left, top - 1, columns, 1, PALETTE[2]),
        ):
            corners = ([x, x + wide, x + wide, x, x], [y, y, y + high, y + high, y])
            axis.plot(*corners, color=colour, linewidth=1.2 if colour == "black" else 2, zorder=channels - k)
    right = (channels - 1) * shift * columns * 0.5 + columns
    axis.set(xlim=(-0.2, right + 0.2), ylim=(-rows - channels * shift * 0.5, 0.3), aspect="equal", title=title)
    axis.set_axis_off()
    return figure


def by_block(
    values: Mapping[str, Mapping[str, Mapping[str, float]]],
    *,
    y_label: str,
    level: float | None = None,
    columns: int = 2,
) -> Figure:
    """A panel for each kind of kernel: several quantities, block by block in the order of the network.

    values: panel -> quantity -> block -> value. level: drawn as a dotted line. All panels have one vertical scale.
    """
    figure, axes = panels(len(values), columns=min(columns, len(values)), size=(3.4, 2.9))
    for axis, (title, quantities) in zip(axes, values.items(), strict=True):
        for k, (name, blocks) in enumerate(quantities.items()):
            axis.plot(
                range(len(blocks)),
                list(blocks.values()),
                color=PALETTE[k],
                marker=MARKERS[k],
                markersize=4,
                linewidth=1.2,
                label=name,
            )
            axis.set_xticks(range(len(blocks)), [block.removeprefix("mixed") for block in blocks], fontsize=8)
        if level is not None:
            axis.axhline(level, color="black", linestyle=":", linewidth=1)
        axis.set(title=title, xlabel="layer", ylabel=y_label)
    low, high = (f(axis.get_ylim()[i] for axis in axes) for f, i in ((min, 0), (max, 1)))
    for axis in axes:
        axis.set_ylim(low, high)
    legend_above(figure, axes[0])
    return figure
