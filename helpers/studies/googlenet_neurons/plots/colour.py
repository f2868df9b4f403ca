"""Figures of the page on colour-blind units: shares by layer with intervals, thresholds, and densities of channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float
from matplotlib import colormaps
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from helpers.plots.style import MARKERS, PALETTE, SEQUENTIAL, array, legend_above, panels
from helpers.statistics.intervals import proportion_interval

Count = tuple[int, int]  # those that have it, of how many
_CHANNELS = {"red": PALETTE[1], "green": PALETTE[2], "blue": PALETTE[0]}
_CROWDED = 20  # layers whose names still fit below an axis


def shares_by_layer(
    counts: Mapping[str, Sequence[Count]],
    layers: Sequence[str],
    *,
    y_label: str,
    printed: Mapping[str, Sequence[float]] | None = None,
) -> Figure:
    """Shares of the units of each layer with Wilson's 95% interval.

    counts: name -> for each layer how many units have it, of how many; a layer without units has no point.
    printed: name -> shares that the study prints, as steps without an interval.
    """
    figure, (axis,) = panels(1, columns=1, size=(6.8, 3.6))
    width = 0.8 / len(counts)
    for k, (name, each) in enumerate(counts.items()):
        known = [place for place, (_, of) in enumerate(each) if of]
        found = [proportion_interval(*each[place]) for place in known]
        x = np.array(known) + (k - (len(counts) - 1) / 2) * width
        colour = PALETTE[k % len(PALETTE)]
        axis.vlines(x, [one.low or 0 for one in found], [one.high or 0 for one in found], color=colour, linewidth=1)
        axis.plot(
            x, [one.mean for one in found], color=colour, marker=MARKERS[k], markersize=4, linestyle="none", label=name
        )
    for k, (name, shares) in enumerate((printed or {}).items()):
        style = ("-", ":")[k % 2]
        axis.hlines(
            shares, np.arange(len(shares)) - 0.45, np.arange(len(shares)) + 0.45, color="black", linestyle=style,
            linewidth=1.2, label=name,
        )  # fmt: skip
    _name(figure, layers)
    axis.set(ylabel=y_label, ylim=(0, None))
    legend_above(figure, axis)
    return figure


def threshold_curves(
    thresholds: ArrayLike,
    shares: Mapping[str, Float[np.ndarray, " threshold"]],
    marked: Mapping[str, float],
    *,
    x_label: str,
    y_label: str,
) -> Figure:
    """For each layer the share of units flagged, against the threshold; the study's thresholds are dotted lines."""
    figure, (axis,) = panels(1, columns=1, size=(6.8, 3.6))
    for k, (name, curve) in enumerate(shares.items()):
        colour = colormaps[SEQUENTIAL](0.95 * k / max(1, len(shares) - 1))
        axis.plot(
            array(thresholds), curve, color=colour, linewidth=1.4, label=name if len(shares) <= _CROWDED else None
        )
    for name, threshold in marked.items():
        axis.axvline(threshold, color="black", linestyle=":", linewidth=1)
        axis.annotate(
            f"{threshold:g}: {name}", (threshold, 1), xycoords=("data", "axes fraction"), rotation=90, fontsize=8,
            xytext=(2, -2), textcoords="offset points", va="top",
        )  # fmt: skip
    axis.set(xlabel=x_label, ylabel=y_label, ylim=(0, 1), xlim=(0, None))
    figure.legend(loc="outside right center", fontsize=8)
    return figure


def channel_densities(groups: Mapping[str, Float[np.ndarray, "3 level"]], *, columns: int = 2) -> Figure:
    """For each group the averaged density of red, green and blue over the levels, on shared axes."""
    figure, axes = panels(len(groups), columns=columns, size=(6.8 / columns, 2.2))
    top = max(float(np.nanquantile(each[:, 1:-1], 0.999)) for each in groups.values())
    for axis, (name, each) in zip(axes, groups.items(), strict=True):
        for (channel, colour), density in zip(_CHANNELS.items(), each, strict=True):
            axis.plot(density, color=colour, linewidth=1.2, label=channel)
        axis.set(xlabel="level", xlim=(0, len(each[0]) - 1), ylim=(0, 1.1 * top), yticks=[])
        axis.set_title(name, fontsize=9)
    for axis in axes[::columns]:
        axis.set_ylabel("density")
    legend_above(figure, axes[0])
    return figure


def against_index(
    spread: ArrayLike, index: ArrayLike, depth: ArrayLike, *, layers: Sequence[str], lines: tuple[float, float]
) -> Figure:
    """A point a unit: the spread of its image's peaks against its colour index, coloured by the layer.

    lines: the threshold of the spread, and of the index.
    """
    figure, (axis,) = panels(1, columns=1, size=(6.8, 3.8))
    drawn = axis.scatter(
        array(spread) + 0.5, array(index), c=array(depth), cmap=SEQUENTIAL, s=9, linewidths=0, alpha=0.8,
        vmin=0, vmax=max(1, len(layers) - 1), rasterized=True,
    )  # fmt: skip
    axis.axvline(lines[0] + 0.5, color="black", linestyle=":", linewidth=1)
    axis.axhline(lines[1], color="black", linestyle=":", linewidth=1)
    axis.set(xscale="log", xlabel="spread of the three peaks, levels", ylabel="colour index of the responses")
    ticks = [0, 1, 3, 10, 30, 100]
    axis.set_xticks([tick + 0.5 for tick in ticks], [str(tick) for tick in ticks])
    axis.minorticks_off()
    bar = figure.colorbar(drawn, ax=axis, ticks=list(range(0, len(layers), -(-len(layers) // _CROWDED))))
    bar.ax.set_yticklabels([layers[int(tick)] for tick in bar.get_ticks()], fontsize=8)
    return figure


def _name(figure: Figure, layers: Sequence[str]) -> None:
    step = -(-len(layers) // _CROWDED)
    names = [name if k % step == 0 else "" for k, name in enumerate(layers)]
    figure.axes[0].set_xticks(range(len(layers)), names, rotation=60, ha="right", fontsize=9)
