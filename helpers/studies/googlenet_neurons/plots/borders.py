"""Figures of border-aware units: counts by layer, kernels and densities of their lines, and maps of responses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import ScalarFormatter
from numpy.typing import ArrayLike
from scipy.stats import gaussian_kde

from helpers.plots.style import DIVERGING, MARKERS, PALETTE, array, legend_above, panels

_CROWDED = 12  # names of layers that stand level


def by_layer(values: Mapping[str, ArrayLike], layers: Sequence[str], *, y_label: str) -> Figure:
    """A number for each layer, of several tables or detectors: markers side by side, over the layers."""
    figure, (axis,) = panels(1, columns=1, size=(6.9, 3.6))
    width = 0.7 / max(1, len(values) - 1)
    for k, (name, numbers) in enumerate(values.items()):
        x = np.arange(len(layers)) + (k - (len(values) - 1) / 2) * width
        axis.vlines(x, 0, array(numbers, float), color=PALETTE[k % len(PALETTE)], linewidth=1, alpha=0.5)
        axis.plot(x, array(numbers, float), MARKERS[k % len(MARKERS)], color=PALETTE[k % len(PALETTE)], label=name)
    level = len(layers) <= _CROWDED
    axis.set_xticks(range(len(layers)), layers, rotation=0 if level else 60, ha="center" if level else "right")
    axis.set(ylabel=y_label, ylim=(0, None), xlabel="layer")
    legend_above(figure, axis)
    return figure


def by_depth(shares: Mapping[str, tuple[ArrayLike, ArrayLike, ArrayLike]], *, y_label: str) -> Figure:
    """Shares of several networks over relative depth; dotted, without markers: the same of shuffled weights.

    shares: by network its depths, the shares there, and those of shuffled weights.
    """
    figure, (axis,) = panels(1, columns=1, size=(6.9, 3.4))
    for k, (name, (depth, share, chance)) in enumerate(shares.items()):
        color = PALETTE[k % len(PALETTE)]
        axis.plot(
            array(depth, float),
            array(share, float),
            f"-{MARKERS[k % len(MARKERS)]}",
            color=color,
            markersize=4,
            label=name,
        )
        axis.plot(array(depth, float), array(chance, float), ":", color=color, linewidth=1.2, label=f"{name}, shuffled")
    axis.set(xlabel="relative depth of the convolution", ylabel=y_label, xlim=(-0.02, 1.02), ylim=(0, None))
    legend_above(figure, axis)
    return figure


def line_densities(kernels: Mapping[str, Sequence[ArrayLike]], *, line: str) -> Figure:
    """For each unit a panel with the density of the weights in each of its lines; all panels on one scale.

    kernels: title -> for each column (or row) its weights. line: what the lines are called, "column".
    """
    figure, axes = panels(len(kernels), columns=min(3, len(kernels)), size=(6.9 / min(3, len(kernels)), 2.9))
    reach = max(float(np.quantile(np.abs(array(each, float)), 0.995)) for own in kernels.values() for each in own)
    grid = np.linspace(-reach, reach, 300)
    for axis, (title, lines) in zip(axes, kernels.items(), strict=True):
        for k, weights in enumerate(lines):
            density = gaussian_kde(array(weights, float).ravel())(grid)
            axis.plot(grid, density, color=PALETTE[k], linewidth=1.4, label=f"{line} {k}")
        axis.set(xlabel="weight", title=title)
    top = max(axis.get_ylim()[1] for axis in axes)
    for axis in axes:
        axis.set_ylim(0, top)
    axes[0].set_ylabel("density")
    legend_above(figure, max(axes, key=lambda axis: len(axis.get_lines())))
    return figure


def signed_maps(maps: Mapping[str, ArrayLike], *, columns: int, label: str) -> Figure:
    """Small signed maps (row, column) with a title each, every one on its own scale around 0."""
    figure, axes = panels(len(maps), columns=columns, size=(6.9 / columns, 6.9 / columns + 0.25))
    for axis, (title, values) in zip(axes, maps.items(), strict=True):
        shown = array(values, float)
        reach = np.abs(shown).max() or 1.0
        drawn = axis.imshow(shown / reach, cmap=DIVERGING, vmin=-1, vmax=1)
        axis.set_title(title, fontsize=8)
        axis.set(xticks=[], yticks=[])
        axis.grid(False)
    figure.colorbar(drawn, ax=axes, label=label, ticks=[-1, 0, 1], shrink=0.5, location="bottom", aspect=40, pad=0.02)
    return figure


def maps_by_padding(
    pictures: Sequence[ArrayLike], maps: Mapping[str, Sequence[ArrayLike]], *, ring: int, label: str
) -> Figure:
    """A row for each picture: the picture, and the unit's map (row, column) under each padding; one scale around 0.

    pictures: (row, column, colour) from 0 to 1. ring: positions from the border that the padding reaches, outlined.
    The scale ends at the largest response under the first padding.
    """
    columns = 1 + len(maps)
    figure, axes = panels(len(pictures) * columns, columns=columns, size=(6.9 / columns, 6.9 / columns + 0.12))
    reach = max(float(np.abs(array(each, float)).max()) for each in next(iter(maps.values()))) or 1.0
    for k, picture in enumerate(pictures):
        axis = axes[k * columns]
        axis.imshow(array(picture, float))
        for place, (name, own) in enumerate(maps.items(), 1):
            shown = array(own[k], float)
            here = axes[k * columns + place]
            drawn = here.imshow(shown, cmap=DIVERGING, vmin=-reach, vmax=reach)
            rows, across = (side - 2 * ring for side in shown.shape)
            edge = Rectangle((ring - 0.5, ring - 0.5), across, rows, fill=False, linewidth=0.8, edgecolor="black")
            here.add_patch(edge)
            if not k:
                here.set_title(name, fontsize=8)
    for axis in axes:
        axis.set(xticks=[], yticks=[])
        axis.grid(False)
    figure.colorbar(drawn, ax=axes, label=label, extend="both", shrink=0.5, location="bottom", aspect=40, pad=0.02)
    return figure


def pictures_and_maps(
    pictures: Mapping[str, Sequence[ArrayLike]],
    maps: Mapping[str, Sequence[ArrayLike]],
    *,
    heads: Sequence[str],
    label: str,
) -> Figure:
    """A row for each unit: its pictures, then its maps (row, column), every one on its own scale around 0.

    pictures: title of a row -> pictures, (row, column, colour) from 0 to 1. maps: by the same titles.
    heads: of the columns.
    """
    columns = len(heads)
    figure, axes = panels(len(pictures) * columns, columns=columns, size=(6.9 / columns, 6.9 / columns))
    for k, (title, own) in enumerate(pictures.items()):
        here = axes[k * columns : (k + 1) * columns]
        for axis, picture in zip(here, own, strict=False):
            axis.imshow(array(picture, float))
        for axis, values in zip(here[len(own) :], maps[title], strict=True):
            shown = array(values, float)
            drawn = axis.imshow(shown / (np.abs(shown).max() or 1.0), cmap=DIVERGING, vmin=-1, vmax=1)
        here[0].set_title(title, fontsize=8, loc="left")
    for axis, head in zip(axes[-columns:], heads, strict=True):
        axis.set_xlabel(head, fontsize=8)
    for axis in axes:
        axis.set(xticks=[], yticks=[])
        axis.grid(False)
    figure.colorbar(drawn, ax=axes, label=label, ticks=[-1, 0, 1], shrink=0.5, location="bottom", aspect=40, pad=0.02)
    return figure


def side_by_side(groups: Mapping[str, Mapping[str, ArrayLike]], *, y_label: str, far: bool = False) -> Figure:
    """For each condition the values of two or more groups of units: a dot a unit, and a line at the median.

    groups: condition -> group -> values. far: whether the axis is logarithmic beyond 1, for values far apart.
    """
    figure, (axis,) = panels(1, columns=1, size=(6.9, 3.6))
    names = list(next(iter(groups.values())))
    width = 0.8 / len(names)
    for place, own in enumerate(groups.values()):
        for k, (name, values) in enumerate(own.items()):
            numbers = array(values, float)
            numbers = numbers[np.isfinite(numbers)]
            middle = place + (k - (len(names) - 1) / 2) * width
            x = middle + width * 0.6 * (np.linspace(0, 1, len(numbers)) - 0.5)
            label = name if not place else None
            axis.plot(x, numbers, MARKERS[k], color=PALETTE[k], markersize=3, alpha=0.6, label=label)
            if len(numbers):
                axis.hlines(
                    np.median(numbers), middle - 0.4 * width, middle + 0.4 * width, color="black", linewidth=1.6
                )
    axis.axhline(0, color="black", linestyle=":", linewidth=1)
    axis.set_xticks(range(len(groups)), groups)
    axis.set(ylabel=y_label, xlim=(-0.5, len(groups) - 0.5))
    if far:
        axis.set_yscale("symlog", linthresh=1)
        axis.margins(y=0.1)
        axis.yaxis.set_major_formatter(ScalarFormatter())
    legend_above(figure, axis)
    return figure


def stacked_kernels(kernels: ArrayLike, *, shown: int = 4) -> Figure:
    """The weights of a unit (channel, row, column) as a stack of kernels; one column and one row are outlined."""
    weights = array(kernels, float)
    channels, rows, columns = weights.shape
    figure, (axis,) = panels(1, columns=1, size=(6.9, 3.4))
    reach = np.abs(weights[:shown]).max() or 1.0
    for k in range(min(shown, channels) - 1, -1, -1):  # the first in front
        x, y = 0.9 * k, -0.45 * k
        extent = (x, x + columns, y + rows, y)
        axis.imshow(weights[k], cmap=DIVERGING, vmin=-reach, vmax=reach, extent=extent, zorder=2 * (shown - k))
        frames = ((columns, rows, "0.4", 0.8), (1, rows, PALETTE[4], 2.0), (columns, 1, PALETTE[2], 2.0))
        for across, down, colour, width in frames:
            frame = Rectangle((x, y), across, down, fill=False, edgecolor=colour, linewidth=width)
            frame.set_zorder(2 * (shown - k) + 1)
            axis.add_patch(frame)
    end = 0.9 * (min(shown, channels) - 1) + columns
    axis.text(end + 0.4, rows / 2, f"… {channels} kernels,\none for each channel", va="center")
    axis.text(-0.2, rows / 2, f"{rows} rows", rotation=90, ha="right", va="center")
    axis.text(columns / 2, rows + 0.3, f"{columns} columns", ha="center", va="top")
    axis.set(xlim=(-1, end + 5), ylim=(rows + 1, -0.45 * shown - 0.3), xticks=[], yticks=[], aspect="equal")
    axis.set_axis_off()
    return figure


def chain_of_boxes(steps: Sequence[str], *, marked: int) -> Figure:
    """Steps from left to right, with arrows between them; the marked one is coloured."""
    figure, (axis,) = panels(1, columns=1, size=(6.9, 1.3))
    for k, step in enumerate(steps):
        colour = PALETTE[1] if k == marked else "black"
        box = {"boxstyle": "round", "facecolor": "white", "edgecolor": colour, "linewidth": 2 if k == marked else 1}
        axis.text(k, 0, step, ha="center", va="center", fontsize=8, bbox=box, zorder=2)
        if k:
            axis.annotate("", (k - 0.32, 0), (k - 0.68, 0), arrowprops={"arrowstyle": "->"}, zorder=1)
    axis.set(xlim=(-0.6, len(steps) - 0.4), ylim=(-1, 1))
    axis.set_axis_off()
    return figure
