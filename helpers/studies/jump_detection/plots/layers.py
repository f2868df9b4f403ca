"""A small network layer by layer: its weights, its averaged activations and its activations for one signal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from helpers.plots.style import DIVERGING, PALETTE, SEQUENTIAL, array, legend_above, panels


class Row(NamedTuple):
    """One layer: what a row of :func:`layer_rows` shows."""

    weight: ArrayLike | None  # a filter (tap) or a matrix (input, unit); None for the input itself
    averaged: ArrayLike  # averaged activation (class, unit)
    single: ArrayLike  # the activation for one signal (unit)
    first_unit: int = 1  # number of the first unit
    unit: str = "point"  # what a unit stands for: a point of the signal, or a jump position


def layer_rows(rows: Mapping[str, Row], *, first_position: int, position: int) -> Figure:
    """A row per layer: weights, averaged activations, and the averages for one position with those of a single signal.

    rows: the layers by name.
    first_position: the jump position of the first class; the other classes follow (study: jump_detection, figures 3.18
    to 3.23).
    position: the jump position of the third column.
    """
    figure, axes = panels(3 * len(rows), columns=3, size=(2.3, 1.9))
    for number, (name, row) in enumerate(rows.items()):
        weights, map_, line = axes[3 * number : 3 * number + 3]
        _weights(weights, name, row)
        averaged = array(row.averaged)
        classes, units = averaged.shape
        unit = np.arange(row.first_unit, row.first_unit + units)
        extent = (first_position - 0.5, first_position + classes - 0.5, unit[-1] + 0.5, unit[0] - 0.5)
        drawn = map_.imshow(averaged.T, cmap=SEQUENTIAL, aspect="auto", extent=extent)
        map_.grid(False)
        map_.set(title=f"{name}: average", ylabel=row.unit)
        figure.colorbar(drawn, ax=map_, shrink=0.9)
        line.plot(unit, array(row.single), color=PALETTE[1], linewidth=0.8, label="one signal")
        line.plot(unit, averaged[position - first_position], color=PALETTE[0], linewidth=1.6, label="average")
        line.set(title=f"jump at {position}", xlabel=row.unit)
    legend_above(figure, axes[2])
    axes[-2].set(xlabel="jump position")
    return figure


def _weights(axis: Axes, name: str, row: Row) -> None:
    if row.weight is None:
        axis.set_axis_off()
        return
    values = array(row.weight)
    reach = np.abs(values).max()
    if values.ndim == 1:
        taps = np.arange(1, len(values) + 1)
        axis.bar(taps, values, color=np.where(values < 0, PALETTE[0], PALETTE[1]))
        axis.axhline(0, color="black", linewidth=0.6)
        axis.set(title=f"{name}: weights", xticks=taps, xlabel="weight of the filter")
    else:
        extent = (row.first_unit - 0.5, row.first_unit + values.shape[1] - 0.5, len(values) + 0.5, 0.5)
        drawn = axis.imshow(values, cmap=DIVERGING, vmin=-reach, vmax=reach, aspect="auto", extent=extent)
        axis.grid(False)
        axis.set(title=f"{name}: weights", ylabel="point", xlabel=row.unit)
        axis.figure.colorbar(drawn, ax=axis, shrink=0.9)
