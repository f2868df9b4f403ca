"""Figures of page 3: shares of right choices by layer and condition, and shares in all layers below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from helpers.plots.style import DIVERGING, MARKERS, PALETTE, array, legend_above, panels
from helpers.statistics.intervals import mean_interval


def by_layer(values: Mapping[str, Mapping[str, ArrayLike]], *, y_label: str, level: float | None = None) -> Figure:
    """Mean and 95% interval over the units of each layer, for several curves: name -> layer -> a value a unit.

    level: drawn as a dotted line, such as chance.
    """
    figure, (axis,) = panels(1, columns=1, size=(6.9, 3.4))
    layers = list(next(iter(values.values())))
    for k, (name, curve) in enumerate(values.items()):
        x = np.arange(len(layers)) + 0.09 * (k - (len(values) - 1) / 2)
        means, low, high = _intervals([array(curve[layer], float) for layer in layers])
        colour = PALETTE[k % len(PALETTE)]
        axis.plot(x, means, color=colour, marker=MARKERS[k % len(MARKERS)], markersize=5, linewidth=1, label=name)
        axis.vlines(x, low, high, color=colour, linewidth=2, alpha=0.7)
    if level is not None:
        axis.axhline(level, color="black", linestyle=":", linewidth=1)
    crowded = sum(len(layer) + 2 for layer in layers) > 80
    axis.set_xticks(range(len(layers)), layers, rotation=60 if crowded else 0, ha="right" if crowded else "center")
    axis.set(ylabel=y_label, xlabel="layer")
    legend_above(figure, axis)
    return figure


def by_condition(values: Mapping[str, Mapping[str, ArrayLike]], *, x_label: str, level: float) -> Figure:
    """A row for each condition, and in it a mean with its 95% interval for each observer: observer -> condition."""
    names = list(next(iter(values.values())))
    figure, (axis,) = panels(1, columns=1, size=(6.9, 1.0 + 0.36 * len(names)))
    for k, (observer, conditions) in enumerate(values.items()):
        y = np.arange(len(names)) + 0.15 * (k - (len(values) - 1) / 2)
        means, low, high = _intervals([array(conditions[name], float) for name in names])
        colour = PALETTE[k % len(PALETTE)]
        axis.plot(
            means, y, color=colour, marker=MARKERS[k % len(MARKERS)], markersize=5, linestyle="none", label=observer
        )
        axis.hlines(y, low, high, color=colour, linewidth=2, alpha=0.7)
    axis.axvline(level, color="black", linestyle=":", linewidth=1)
    axis.set_yticks(range(len(names)), names)
    axis.invert_yaxis()
    axis.set(xlabel=x_label)
    legend_above(figure, axis)
    return figure


def matrices(
    values: Mapping[str, ArrayLike],
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    label: str,
    x_label: str,
    y_label: str,
) -> Figure:
    """Maps of shares from 0 to 1, side by side on one scale centred at 0.5; grey where there is no value."""
    figure, axes = panels(len(values), columns=len(values), size=(6.9 / len(values), 3.1))
    for number, (axis, (title, matrix)) in enumerate(zip(axes, values.items(), strict=True)):
        drawn = axis.imshow(array(matrix, float), cmap=DIVERGING, vmin=0, vmax=1, aspect="auto")
        axis.set_title(title)
        axis.set_xticks(range(len(columns)), columns, rotation=90)
        axis.set_yticks(range(len(rows)), rows if number == 0 else [""] * len(rows))
        axis.set_xlabel(x_label)
        axis.set_facecolor("#cccccc")
        axis.grid(False)
    axes[0].set_ylabel(y_label)
    figure.colorbar(drawn, ax=axes, label=label, shrink=0.9)
    return figure


def _intervals(rows: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean and ends of the interval of each list; values that are missing do not count."""
    table = []
    for row in rows:
        there = row[~np.isnan(row)]
        if not len(there):
            table.append((np.nan, np.nan, np.nan))
            continue
        mean, low, high = mean_interval(there)
        table.append((mean, mean if low is None else low, mean if high is None else high))
    means, low, high = np.array(table, dtype=float).T
    return means, low, high
