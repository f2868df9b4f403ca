"""Points in a plane, coloured by a quantity."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from helpers.plots.style import SEQUENTIAL, array, panels


def scatter(points: ArrayLike, values: ArrayLike, *, label: str) -> Figure:
    """A map of points (point, 2) coloured by one value each; the axes of an embedding have no unit."""
    figure, (axis,) = panels(1, columns=1, size=(6.0, 5.0))
    x, y = array(points).T
    drawn = axis.scatter(x, y, c=array(values), cmap=SEQUENTIAL, s=5, linewidths=0, rasterized=True)
    axis.set(xticks=[], yticks=[], xlabel="embedding axis 1", ylabel="embedding axis 2", aspect="equal")
    axis.grid(False)
    figure.colorbar(drawn, ax=axis, label=label)
    return figure


def maps(points: Mapping[str, ArrayLike], values: Mapping[str, ArrayLike], *, columns: int, label: str) -> Figure:
    """Several maps of points (point, 2), a panel each, coloured by the values of the same name on one scale."""
    figure, axes = panels(len(points), columns=columns, size=(6.8 / columns, 4.8 / columns))
    low, high = (f([f(array(v)) for v in values.values()]) for f in (np.min, np.max))
    for axis, (name, xy) in zip(axes, points.items(), strict=True):
        x, y = array(xy).T
        drawn = axis.scatter(
            x, y, c=array(values[name]), cmap=SEQUENTIAL, vmin=low, vmax=high, s=2, linewidths=0, rasterized=True
        )
        axis.set(xticks=[], yticks=[], title=name)
        axis.grid(False)
    figure.colorbar(drawn, ax=axes, label=label, shrink=0.5, location="bottom", aspect=40, pad=0.01)
    return figure
