"""How images of units climb: pictures on the way with steps and responses, and the response against steps by layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from helpers.plots.images import draw, name_row
from helpers.plots.style import PALETTE, array, legend_above, panels


class Look(NamedTuple):
    """An image (colour, row, column) from 0 to 1, and the texts above and below it."""

    above: str
    image: ArrayLike
    below: str


def on_the_way(rows: Mapping[str, Sequence[Look]]) -> Figure:
    """A row of pictures for each name, each with a text above and one below."""
    columns = max(map(len, rows.values()))
    side = min(6.9 / columns, 1.9)
    figure, axes = panels(len(rows) * columns, columns=columns, size=(side, side + 0.35))
    for number, (name, looks) in enumerate(rows.items()):
        line = axes[number * columns : (number + 1) * columns]
        for axis, look in zip(line, looks, strict=False):
            draw(axis, look.image, signed=False)
            axis.set_title(look.above, fontsize=9, pad=3)
            axis.set_xlabel(look.below, fontsize=9, labelpad=2)
        for empty in line[len(looks) :]:
            empty.set_axis_off()
        name_row(line[0], name, side)
    return figure


def by_layer(
    steps: Sequence[int], shares: Mapping[str, ArrayLike], starts: Mapping[str, ArrayLike], *, at: int, flat: float
) -> Figure:
    """A panel a layer: the response against the number of steps, as a share of that at the end.

    shares: (unit, look) by layer; a thin line a unit, a thick one their mean. steps: of each look.
    starts: (unit, start) by layer, after ``at`` steps; a diamond a start, mean over the units.
    flat: a share from which on a curve is called flat, a dotted line.
    """
    columns = min(3, len(shares))
    figure, axes = panels(len(shares), columns=columns, size=(6.9 / columns, 1.9))
    tables = {name: array(each, float) for name, each in shares.items()}
    for axis, (name, table) in zip(axes, tables.items(), strict=True):
        for number, row in enumerate(table):
            axis.plot(steps, row, color="#999999", linewidth=0.7, label="a unit" if number == 0 else None)
        axis.plot(steps, table.mean(0), color=PALETTE[0], marker="o", markersize=4, label="their mean")
        means = array(starts[name], float).mean(0)
        place = np.full(len(means), at)
        axis.scatter(place, means, marker="D", s=14, color=PALETTE[1], zorder=3, label=f"starts, {at:,} steps")
        axis.axhline(flat, color="black", linestyle=":", linewidth=1)
        axis.set(xscale="log", title=f"{name}: {len(table)} unit{'s' * (len(table) > 1)}")
        axis.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1,000"])
        axis.minorticks_off()
    low = min(0.0, *(float(table.min()) for table in tables.values()))
    high = max(1.05, *(1.05 * float(table.max()) for table in tables.values()))
    for axis in axes:
        axis.set_ylim(low, high)
    figure.supxlabel("steps", fontsize=10)
    figure.supylabel("share of the\nresponse at the end", fontsize=10)
    legend_above(figure, axes[0])
    return figure
