"""Signals in the plane of the activations of two units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from helpers.plots.style import SEQUENTIAL, array, panels

_LABEL = 0.09  # the width of a label, as a share of a panel of 3.4 inches


def representation(points: ArrayLike, means: ArrayLike, *, positions: ArrayLike, unit_names: tuple[str, str]) -> Figure:
    """Single signals on the left, class means on the right.

    points: the activations (class, signal, 2).
    means: their class means (class, 2).
    positions: the jump position of each class; it gives the colour, and every fifth class is labelled with it, where
        the label has room.
    unit_names: the labels of the axes.
    """
    figure, (left, right) = panels(2, columns=2, size=(3.4, 3.4))
    cloud, centres, named = array(points), array(means), array(positions)
    colours = np.repeat(named, cloud.shape[1])
    left.scatter(
        cloud[..., 0].ravel(), cloud[..., 1].ravel(), c=colours, cmap=SEQUENTIAL, s=3, linewidths=0, rasterized=True
    )
    left.set(title="single signals")
    right.plot(centres[:, 0], centres[:, 1], color="black", linewidth=0.5)
    drawn = right.scatter(centres[:, 0], centres[:, 1], c=named, cmap=SEQUENTIAL, s=14, linewidths=0)
    for index in _with_room(centres, range(0, len(named), 5)):
        right.annotate(str(named[index]), centres[index], xytext=(3, 3), textcoords="offset points", fontsize=9)
    right.set(title="class means")
    for axis in (left, right):
        axis.set(xlabel=unit_names[0], ylabel=unit_names[1])
    figure.colorbar(drawn, ax=[left, right], label="jump position", shrink=0.6, location="bottom")
    return figure


def _with_room(points: NDArray[np.float64], wanted: Iterable[int]) -> list[int]:
    """Those of the wanted points (point, 2) whose labels keep clear of the labels before them."""
    size = np.ptp(points, axis=0)
    scaled = points / np.where(size > 0, size, 1)
    labelled: list[int] = []
    for index in wanted:
        if (np.linalg.norm(scaled[labelled] - scaled[index], axis=1) >= _LABEL).all():
            labelled.append(index)
    return labelled


def curves(placements: Mapping[str, ArrayLike], *, positions: ArrayLike, columns: int = 2) -> Figure:
    """Class means as curves, a panel each; every panel has its own scale.

    placements: for each panel, the class means (class, 2).
    positions: the jump position of each class.
    columns: the number of panels in a row.
    """
    figure, axes = panels(len(placements), columns=columns, size=(6.8 / columns, 6.0 / columns))
    for axis, (name, means) in zip(axes, placements.items(), strict=True):
        x, y = array(means).T
        axis.plot(x, y, color="black", linewidth=0.5)
        drawn = axis.scatter(x, y, c=array(positions), cmap=SEQUENTIAL, s=12, linewidths=0)
        axis.set(title=name, xticks=[], yticks=[])
        axis.grid(False)
    figure.colorbar(drawn, ax=axes, label="jump position", shrink=0.6, location="bottom")
    return figure


def error_by_units(active: ArrayLike, error: ArrayLike, width: ArrayLike) -> Figure:
    """Errors of networks against the number of active units.

    active: the number of active units of each network; points are shifted a little, so that they do not overlap.
    error: the error of each network.
    width: the number of units of each bottleneck, shown by colour.
    """
    figure, (axis,) = panels(1, columns=1, size=(6.5, 4.0))
    units, widths = array(active, float), array(width, float)
    spread = 0.5 * (widths - widths.min()) / max(np.ptp(widths), 1) - 0.25
    drawn = axis.scatter(units + spread, array(error), c=widths, cmap=SEQUENTIAL, s=30, edgecolors="black", lw=0.4)
    axis.set(xlabel="active units of the bottleneck", ylabel="L1 error [points]")
    figure.colorbar(drawn, ax=axis, label="units of the bottleneck")
    return figure
