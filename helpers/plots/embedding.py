"""Points in a plane, coloured by a quantity."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from helpers.plots.style import SEQUENTIAL, panels


def scatter(points: ArrayLike, values: ArrayLike, *, label: str) -> Figure:
    """A map of points (point, 2) coloured by one value each; the axes of an embedding have no unit."""
    figure, (axis,) = panels(1, columns=1, size=(6.0, 5.0))
    x, y = np.asarray(points).T
    drawn = axis.scatter(x, y, c=np.asarray(values), cmap=SEQUENTIAL, s=5, linewidths=0, rasterized=True)
    axis.set(xticks=[], yticks=[], xlabel="embedding axis 1", ylabel="embedding axis 2", aspect="equal")
    axis.grid(False)
    figure.colorbar(drawn, ax=axis, label=label)
    return figure
