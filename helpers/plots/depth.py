"""Numbers over the depth of a network: how many features are active, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from helpers.plots.style import MARKERS, PALETTE, array, legend_above, panels


def count_histograms(counts: Mapping[str, ArrayLike], features: Mapping[str, int], *, columns: int = 4) -> Figure:
    """A histogram of whole numbers for each layer, from 0 to its number of features; a dotted line at half of them.

    counts: layer -> active features at each place. Wide layers are counted in at most 64 bins; each panel has its own
    height.
    """
    figure, axes = panels(len(counts), columns=columns, size=(6.9 / columns, 1.7))
    for axis, (layer, values) in zip(axes, counts.items(), strict=True):
        most = features[layer]
        edges = np.linspace(-0.5, most + 0.5, min(most + 1, 64) + 1)
        heights, _ = np.histogram(array(values).ravel(), bins=edges)
        axis.stairs(heights / max(heights.sum(), 1), edges, fill=True, color=PALETTE[0])
        axis.axvline(most / 2, color="black", linestyle=":", linewidth=1)
        axis.set(xlim=(-0.5, most + 0.5), xticks=[0, most], yticks=[])
        axis.set_title(layer, fontsize=9)
        axis.set_xlabel("units active", fontsize=9)
        axis.grid(False)
    for axis in axes[: len(counts) : columns]:
        axis.set_ylabel("positions", fontsize=9)
    return figure


def spread_by_layer(
    shares: Mapping[str, ArrayLike], layers: Sequence[str], *, y_label: str, level: float | None = None
) -> Figure:
    """Median, middle half and middle 90% over images, layer by layer; each value of ``shares`` is (image, layer).

    level: a value to draw as a dotted line.
    """
    figure, (axis,) = panels(1, columns=1, size=(6.8, 3.4))
    width = 0.8 / len(shares)
    for k, (name, values) in enumerate(shares.items()):
        numbers = array(values, float)
        low, first, middle, third, high = np.quantile(numbers, [0.05, 0.25, 0.5, 0.75, 0.95], axis=0)
        x = np.arange(numbers.shape[1]) + (k - (len(shares) - 1) / 2) * width
        colour, marker = PALETTE[k % len(PALETTE)], MARKERS[k % len(MARKERS)]
        axis.vlines(x, low, high, color=colour, linewidth=1)
        axis.vlines(x, first, third, color=colour, linewidth=4, alpha=0.6)
        axis.plot(x, middle, color=colour, marker=marker, markersize=4, linestyle="none", label=name)
    if level is not None:
        axis.axhline(level, color="black", linestyle=":", linewidth=1)
    crowded = sum(len(layer) + 2 for layer in layers) > 80
    axis.set_xticks(range(len(layers)), layers, rotation=60 if crowded else 0, ha="right" if crowded else "center")
    axis.set(ylabel=y_label, ylim=(0, None))
    if len(shares) > 1:
        legend_above(figure, axis)
    return figure


def along_depth(shares: Mapping[str, ArrayLike], *, y_label: str) -> Figure:
    """Median and middle half over images against the relative depth, 0 for a network's first layer and 1 for its last.

    Each value is (image, layer): networks may have different numbers of layers.
    """
    figure, (axis,) = panels(1, columns=1, size=(6.8, 3.4))
    for k, (name, values) in enumerate(shares.items()):
        first, middle, third = np.quantile(array(values, float), [0.25, 0.5, 0.75], axis=0)
        x = np.linspace(0, 1, len(middle))
        colour, marker = PALETTE[k % len(PALETTE)], MARKERS[k % len(MARKERS)]
        axis.plot(x, middle, color=colour, marker=marker, markersize=4, linewidth=1.4, label=name)
        axis.fill_between(x, first, third, color=colour, alpha=0.2, linewidth=0)
    axis.set(xlabel="depth, first layer to last", ylabel=y_label, ylim=(0, None))
    legend_above(figure, axis)
    return figure
