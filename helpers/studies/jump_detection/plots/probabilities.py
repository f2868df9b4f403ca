"""Probabilities that may be very small, with their intervals."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.figure import Figure

from helpers.plots.style import MARKERS, PALETTE, panels
from helpers.statistics.intervals import Interval


def log_probabilities(
    panel_curves: Mapping[str, Mapping[str, Mapping[float, Interval]]], *, x_label: str, columns: int = 2
) -> Figure:
    """Curves of probabilities with intervals, on a logarithmic axis that all panels share.

    panel_curves: panel -> curve -> value on the x axis -> interval. A probability without any observed success is an
    arrow that points down from the upper end of its interval. Points without width (low = high) are exact values,
    joined by a dashed line.
    x_label: the label of the x axis.
    columns: the number of panels in a row.
    """
    figure, axes = panels(len(panel_curves), columns=columns, size=(6.8 / columns, 6.4 / columns))
    for axis, (title, curves) in zip(axes, panel_curves.items(), strict=True):
        for index, (name, points) in enumerate(curves.items()):
            colour = PALETTE[index % len(PALETTE)]
            seen = {x: p for x, p in points.items() if p.mean > 0}
            places, means = list(seen), [p.mean for p in seen.values()]
            if all(p.low == p.high for p in seen.values()):
                axis.plot(places, means, color=colour, label=name, linewidth=1.2, linestyle="--")
            else:
                ends = [[p.mean - (p.low or 0) for p in seen.values()], [(p.high or 1) - p.mean for p in seen.values()]]
                sign = MARKERS[index % len(MARKERS)]
                axis.errorbar(
                    places,
                    means,
                    yerr=ends,
                    color=colour,
                    label=name,
                    linewidth=1.2,
                    marker=sign,
                    markersize=4,
                    capsize=2,
                )
            for x, p in points.items():
                if p.mean == 0 and p.high:
                    axis.plot(x, p.high, marker="$↓$", markersize=8, color=colour, linestyle="none")
        axis.set(title=title, xlabel=x_label, ylabel="probability", yscale="log")
    low = min(axis.get_ylim()[0] for axis in axes)
    for axis in axes:
        axis.set_ylim(low, 1.5)
    axes[0].legend()
    return figure
