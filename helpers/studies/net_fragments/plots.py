"""Small images of digits and lines: in rows, linked to what they are composed of, as a table of models and classes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from textwrap import wrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import ConnectionPatch
from numpy.typing import ArrayLike

from helpers.plots.style import DIVERGING, MARKERS, PALETTE, array, legend_above, panels

_BINARY = ListedColormap(["#dbe9f4", "#0b3954"])  # light for 0, dark for 1


def _draw(axis: Axes, image: ArrayLike, *, reach: float | None = None) -> None:
    """A binary image, or with ``reach`` a signed one between -reach and reach."""
    if reach is None:
        axis.imshow(array(image), cmap=_BINARY, vmin=0, vmax=1)
    else:
        axis.imshow(array(image), cmap=DIVERGING, vmin=-reach, vmax=reach)
    axis.set(xticks=[], yticks=[])
    axis.grid(False)


def images(rows: Mapping[str, ArrayLike], *, columns: int) -> Figure:
    """Binary images (row, column) with their names above, ``columns`` side by side."""
    columns = min(columns, len(rows))
    figure, axes = panels(len(rows), columns=columns, size=(min(2.2, 6.8 / columns), min(2.2, 6.8 / columns) + 0.25))
    for axis, (name, image) in zip(axes, rows.items(), strict=True):
        _draw(axis, image)
        axis.set_title(name, fontsize=9)
    return figure


def part_matrix(parts: ArrayLike, wholes: ArrayLike, composed: ArrayLike) -> Figure:
    """A dot where a part is in a whole: parts (image, row, column) across, wholes down, each drawn at its edge.

    composed: (whole, part).
    """
    matrix, across, down = array(composed), array(parts), array(wholes)
    figure, (axis,) = panels(1, columns=1, size=(6.8, 6.8 * (len(down) + 1.6) / (len(across) + 1.6)))
    whole, part = np.nonzero(matrix)
    axis.scatter(part, whole, s=70, color=PALETTE[0], linewidths=0)
    axis.set(xlim=(-1.6, len(across) - 0.5), ylim=(len(down) - 0.5, -1.6), xticks=[], yticks=[], aspect="equal")
    axis.set_xticks(np.arange(len(across)) + 0.5, minor=True)
    axis.set_yticks(np.arange(len(down)) + 0.5, minor=True)
    axis.grid(visible=False, which="major")
    axis.grid(visible=True, which="minor", linewidth=0.5)
    axis.tick_params(which="both", length=0)
    axis.spines[:].set_visible(False)
    for k, image in enumerate(across):
        _draw(axis.inset_axes((k - 0.42, -1.45, 0.84, 0.84), transform=axis.transData), image)
    for k, image in enumerate(down):
        _draw(axis.inset_axes((-1.45, k - 0.42, 0.84, 0.84), transform=axis.transData), image)
    return figure


def levels(stacks: Sequence[ArrayLike], composed: Sequence[ArrayLike]) -> Figure:
    """Rows of binary images (image, row, column), simple ones on top.

    composed[k] (image of row k + 1, image of row k) says where a link is drawn.
    """
    rows = [array(stack) for stack in stacks]
    widest = max(len(row) for row in rows)
    figure = Figure(figsize=(6.8, 1.9 * len(rows) - 0.9))
    placed: list[list[Axes]] = []
    for r, row in enumerate(rows):
        side = min(0.8 / widest, 0.11)
        height = side * 6.8 / (1.9 * len(rows) - 0.9)
        y = 0.97 - height - r * (0.94 - height) / (len(rows) - 1)
        left = [(k + 0.5) / len(row) - side / 2 for k in range(len(row))]
        placed.append([figure.add_axes((x, y, side, height)) for x in left])
        for axis, image in zip(placed[-1], row, strict=True):
            _draw(axis, image)
    for above, below, matrix in zip(placed, placed[1:], composed, strict=False):
        for whole, part in zip(*np.nonzero(array(matrix)), strict=True):
            link = ConnectionPatch(
                (0.5, 0),
                (0.5, 1),
                coordsA=above[part].transAxes,
                coordsB=below[whole].transAxes,
                color=PALETTE[part % len(PALETTE)],
                linestyle="-" if part < len(PALETTE) else "--",
                linewidth=1.2,
            )
            figure.add_artist(link)
    return figure


def image_table(rows: Mapping[str, ArrayLike], *, columns: Sequence[str]) -> Figure:
    """A row of signed images (column, row, column) for each name, every image on its own scale centred at 0."""
    stacks = np.stack([array(stack, float) for stack in rows.values()])  # (name, column, height, width)
    reach = np.abs(stacks).max(axis=(2, 3), keepdims=True)
    stacks = stacks / np.where(reach > 0, reach, 1)
    spaced = np.pad(stacks, ((0, 0), (0, 0), (0, 1), (0, 1)), constant_values=np.nan)  # a blank line between images
    height, width = spaced.shape[2:]
    mosaic = spaced.transpose(0, 2, 1, 3).reshape(len(rows) * height, -1)[:-1, :-1]
    figure, (axis,) = panels(1, columns=1, size=(6.8, 0.3 + 6.3 * mosaic.shape[0] / mosaic.shape[1]))
    _draw(axis, mosaic, reach=1)
    axis.set_xticks(np.arange(len(columns)) * width + (width - 2) / 2, columns, fontsize=9)
    axis.set_yticks(np.arange(len(rows)) * height + (height - 2) / 2, list(rows), fontsize=9)
    axis.tick_params(length=0, labeltop=True, labelbottom=False)
    axis.spines[:].set_visible(False)
    return figure


def dots(states: Mapping[str, ArrayLike], *, columns: int = 4) -> Figure:
    """Figure 4.4: a panel per model (class, unit) of activities, as shares of the panel's strongest; 0 is off.

    Area and colour grow with the activity; what is off is a small open circle.
    """
    rows = math.ceil(len(states) / columns)
    figure, axes = panels(len(states), columns=columns, size=(6.8 / columns, 8.2 / rows))
    for k, (axis, (name, values)) in enumerate(zip(axes, states.items(), strict=True)):
        activity = array(values, float).T  # (unit, class)
        strength = activity / max(activity.max(), 1e-12)
        unit, digit = np.nonzero(strength == 0)
        axis.scatter(digit, unit, s=12, facecolors="none", edgecolors="#777777", linewidths=0.7)
        unit, digit = np.nonzero(strength > 0)
        shown = strength[unit, digit]
        points = axis.scatter(digit, unit, s=6 + 34 * shown, c=shown, cmap="viridis_r", vmin=0, vmax=1, linewidths=0)
        axis.set(title=name, xticks=range(0, 10, 3), yticks=[0, 5, 11], xlim=(-0.7, 9.7), ylim=(11.7, -0.7))
        axis.set_yticklabels(["1", "6", "12"])
        axis.set(ylabel="unit" if k % columns == 0 else None, xlabel="digit" if k >= len(states) - columns else None)
        axis.grid(False)
    bar = figure.colorbar(points, ax=axes, location="bottom", shrink=0.5, aspect=30, pad=0.02)
    bar.set_label("activity, as a share of the strongest in the network (open circles: off)")
    return figure


def by_model(
    values: Mapping[str, ArrayLike],
    *,
    y_label: str,
    numbers: Sequence[int],
    level: float | None = None,
    y_log: bool = False,
    missing: str = "",
) -> Figure:
    """Every seed as a point and their mean as a bar, model by model; values are (model, seed).

    level: a value to draw as a horizontal line.
    missing: what a value that is not a number means; such seeds are counted above the model, and are in no mean.
    """
    figure, (axis,) = panels(1, columns=1, size=(6.8, 3.2))
    width = 0.8 / len(values)
    for k, (name, table) in enumerate(values.items()):
        seeds = array(table, float)  # (model, seed)
        middle = np.arange(len(numbers)) + (k - (len(values) - 1) / 2) * width
        spread = np.linspace(-0.3, 0.3, seeds.shape[1]) * width
        colour, marker = PALETTE[k % len(PALETTE)], MARKERS[k % len(MARKERS)]
        axis.scatter(middle[:, None] + spread, seeds, s=6, color=colour, marker=marker, alpha=0.55, linewidths=0)
        means = np.ma.masked_invalid(seeds).mean(axis=1).filled(np.nan)
        axis.hlines(means, middle - 0.4 * width, middle + 0.4 * width, color=colour, linewidth=2, label=name)
        for x, gone in zip(middle, np.isnan(seeds).sum(axis=1), strict=True):
            if gone:
                axis.text(
                    x,
                    1,
                    f"{gone}\n{missing}",
                    transform=axis.get_xaxis_transform(),
                    ha="center",
                    fontsize=8,
                    color=colour,
                )
    if level is not None:
        axis.axhline(level, color="black", linestyle=":", linewidth=1)
    axis.set(xlabel="model", ylabel=y_label, xticks=range(len(numbers)), xticklabels=[str(n) for n in numbers])
    axis.set_xlim(-0.6, len(numbers) - 0.4)
    axis.set_yscale("log" if y_log else "linear")
    if len(values) > 1:
        legend_above(figure, axis)
    return figure


def share_map(shares: ArrayLike, *, rows: Sequence[str], columns: Sequence[str], label: str, top: float = 1) -> Figure:
    """Numbers from 0 to ``top`` as a map (row, column), each number in its cell; NaN stays blank."""
    values = array(shares, float)
    figure, (axis,) = panels(1, columns=1, size=(min(6.8, 1.6 + 1.0 * len(columns)), 1.3 + 0.32 * len(rows)))
    drawn = axis.imshow(values, cmap="viridis", vmin=0, vmax=top, aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            colour = "black" if value > 0.6 * top else "white"
            axis.text(column, row, f"{value:.2f}", ha="center", va="center", fontsize=9, color=colour)
    axis.set_xticks(range(len(columns)), columns)
    axis.set_yticks(range(len(rows)), rows)
    axis.tick_params(length=0, labeltop=True, labelbottom=False)
    axis.grid(False)
    axis.spines[:].set_visible(False)
    figure.colorbar(
        drawn,
        ax=axis,
        location="bottom",
        shrink=0.7,
        aspect=35,
        label="\n".join(wrap(label, 40 if len(columns) > 2 else 24)),
    )
    return figure
