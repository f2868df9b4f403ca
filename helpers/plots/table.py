"""The numbers of a table, measured again: a panel per column, a row per row, beside what the table prints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.plots.style import PALETTE, panels


class Entry(NamedTuple):
    """One number of a table: the values that are drawn, their mean, the ends of its interval, and what is printed."""

    values: Sequence[float]
    mean: float
    low: float | None
    high: float | None
    printed: float | None


def table(entries: Mapping[str, Mapping[str, Entry]], *, unit: str = "") -> Figure:
    """A dot per value, a black line for the mean's interval, and a diamond for the printed number.

    entries: row -> column -> entry; a row may lack columns.
    unit: that of all numbers.
    """
    columns = list(dict.fromkeys(column for row in entries.values() for column in row))
    size = (max(2.0, 6.9 / min(len(columns), 4)), 0.9 + 0.3 * len(entries))
    figure, axes = panels(len(columns), columns=min(len(columns), 4), size=size)
    for k, (axis, column) in enumerate(zip(axes, columns, strict=True)):
        for height, row in enumerate(entries.values()):
            if column not in row:
                continue
            values, mean, low, high, printed = row[column]
            if values:
                axis.scatter(values, np.full(len(values), height), s=16, color=PALETTE[0], alpha=0.6, linewidths=0)
            axis.plot([mean, mean], [height - 0.25, height + 0.25], color="black", linewidth=1.6)
            if low is not None and high is not None:
                axis.plot([low, high], [height, height], color="black", linewidth=2)
            if printed is not None:
                axis.plot(printed, height, marker="D", color=PALETTE[1], fillstyle="none", markersize=7, linestyle="")
        axis.set(title=column, xlabel=unit, ylim=(len(entries) - 0.5, -0.5))
        axis.locator_params(axis="x", nbins=4)  # labels of neighbouring panels must not touch
        _no_ticks_below_zero(axis, [row[column] for row in entries.values() if column in row])
        axis.set_yticks(range(len(entries)), list(entries) if k % 4 == 0 else [""] * len(entries))
    return figure


def _no_ticks_below_zero(axis: Axes, entries: Iterable[Entry]) -> None:
    """Take negative ticks off an axis on which nothing negative is shown, such as one of shares that are all 0."""
    least = min(min([entry.mean, *entry.values, *filter(None, (entry.low, entry.printed))]) for entry in entries)
    left, right = axis.get_xlim()
    if left < 0 <= least:
        axis.set_xticks([tick for tick in axis.get_xticks() if 0 <= tick <= right])
        axis.set_xlim(left, right)
