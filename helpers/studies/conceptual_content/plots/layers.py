"""How the units of each layer spread, layer by layer, beside what chance gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from helpers.plots.style import MARKERS, PALETTE, SEQUENTIAL, array, legend_above, panels

_CROWDED = 18  # layers whose names still fit below an axis


def spread_of_units(
    groups: Mapping[str, Sequence[ArrayLike]],
    layers: Sequence[str],
    *,
    y_label: str,
    band: tuple[float, float] | None = None,
    levels: Mapping[str, float] | None = None,
) -> Figure:
    """Median, middle half and middle 90% over the units of each layer; values that are not finite are left out.

    groups: name -> for each layer the values of its units.
    band: drawn grey, where 95% of class-blind draws lie.
    levels: name -> a value drawn as a dotted line.
    """
    figure, (axis,) = panels(1, columns=1, size=(6.8, 3.6))
    if band is not None:
        axis.axhspan(*band, color="0.85", zorder=0, label="class-blind draws, 95%")
    width = 0.8 / len(groups)
    for k, (name, values) in enumerate(groups.items()):
        table = np.array([_quantiles(each) for each in values]).T  # (quantile, layer)
        x = np.arange(len(values)) + (k - (len(groups) - 1) / 2) * width
        colour = PALETTE[k % len(PALETTE)]
        axis.vlines(x, table[0], table[4], color=colour, linewidth=1)
        axis.vlines(x, table[1], table[3], color=colour, linewidth=4, alpha=0.6)
        axis.plot(x, table[2], color=colour, marker=MARKERS[k], markersize=4, linestyle="none", label=name)
    for name, level in (levels or {}).items():
        axis.axhline(level, color="black", linestyle=":", linewidth=1, label=name)
    _name(axis, layers)
    axis.set_ylabel(y_label)
    legend_above(figure, axis)
    return figure


def normal_curves(
    measures: Mapping[str, Mapping[str, ArrayLike]], *, levels: Mapping[str, float] | None = None
) -> Figure:
    """For each measure a panel with the normal distribution fitted to the units of each layer, coloured by depth.

    measures: name -> for each layer the values of its units; values that are not finite are left out.
    levels: name of a measure -> what class-blind draws give, drawn as a dotted line.
    """
    figure, axes = panels(len(measures), columns=len(measures), size=(6.9 / len(measures), 3.0))
    for axis, (name, layers) in zip(axes, measures.items(), strict=True):
        finite = [array(each, float)[np.isfinite(array(each, float))] for each in layers.values()]
        together = np.concatenate(finite)
        x = np.linspace(together.min(), together.max(), 300)
        for k, (layer, own) in enumerate(zip(layers, finite, strict=True)):
            colour = colormaps[SEQUENTIAL](0.95 * k / max(1, len(finite) - 1))
            axis.plot(x, _normal(x, own), color=colour, linewidth=1.2, label=layer)
        if levels is not None:
            axis.axvline(levels[name], color="black", linestyle=":", linewidth=1, label="class-blind draws")
        axis.set(xlabel=name, yticks=[])
    axes[0].set_ylabel("density")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right center", fontsize=8)
    return figure


def _normal(x: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The density of the normal distribution with the mean and the variance of some values."""
    spread = values.std() if len(values) and values.std() > 0 else 1e-9
    mean = values.mean() if len(values) else np.nan
    return np.exp(-(((x - mean) / spread) ** 2) / 2) / (spread * np.sqrt(2 * np.pi))


def histograms(values: Mapping[str, ArrayLike], *, x_label: str, level: float | None = None) -> Figure:
    """A histogram for each layer with the normal distribution of the same mean (a line) and variance, on one axis.

    level: what class-blind draws give, drawn as a dotted line.
    """
    finite = {layer: array(each, float)[np.isfinite(array(each, float))] for layer, each in values.items()}
    together = np.concatenate(list(finite.values()))
    edges = np.linspace(together.min(), together.max() + 1e-9, 41)
    figure, axes = panels(len(finite), columns=4, size=(1.75, 1.5))
    for axis, (layer, own) in zip(axes, finite.items(), strict=True):
        if len(own):  # else no unit of the layer has a value
            axis.hist(own, bins=edges.tolist(), density=True, color=PALETTE[0], alpha=0.5)
            x = np.linspace(edges[0], edges[-1], 200)
            axis.plot(x, _normal(x, own), color=PALETTE[1])
            axis.axvline(own.mean(), color=PALETTE[1], linewidth=0.8)
        if level is not None:
            axis.axvline(level, color="black", linestyle=":", linewidth=1)
        axis.set_title(layer, fontsize=9)
        axis.set(yticks=[], xlim=(edges[0], edges[-1]))
        axis.grid(False)
    for axis in axes[-4:]:
        axis.set_xlabel(x_label, fontsize=9)
    return figure


def curves_by_layer(curves: Mapping[str, ArrayLike], layers: Sequence[str], *, y_label: str) -> Figure:
    """Mean over parts of the images, layer by layer, with every part as a thin line; each value is (part, layer)."""
    figure, (axis,) = panels(1, columns=1, size=(6.8, 3.4))
    for k, (name, values) in enumerate(curves.items()):
        table, colour = array(values, float), PALETTE[k % len(PALETTE)]
        axis.plot(table.T, color=colour, linewidth=0.5, alpha=0.5)
        axis.plot(table.mean(axis=0), color=colour, marker=MARKERS[k % len(MARKERS)], markersize=4, label=name)
    _name(axis, layers)
    axis.set_ylabel(y_label)
    legend_above(figure, axis)
    return figure


def _name(axis: Axes, layers: Sequence[str]) -> None:
    step = -(-len(layers) // _CROWDED)
    names = [name if k % step == 0 else "" for k, name in enumerate(layers)]
    axis.set_xticks(range(len(layers)), names, rotation=60, ha="right")


def _quantiles(values: ArrayLike) -> np.ndarray:
    numbers = array(values, float)
    numbers = numbers[np.isfinite(numbers)]
    return np.quantile(numbers, [0.05, 0.25, 0.5, 0.75, 0.95]) if len(numbers) else np.full(5, np.nan)
