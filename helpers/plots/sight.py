"""Whether a figure shows what was drawn into it: limits of axes may lie elsewhere, and the picture is then empty."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

_MOST = 0.5  # of the points of a curve; a few may be left out for the others' sake


def hidden_panels(figure: Figure) -> list[str]:
    """The panels that leave out most of a curve, or of scattered points: by title, or by the vertical axis's label.

    Values that are not finite, and lines across a whole panel, do not count.
    """
    return [axes.get_title() or axes.get_ylabel() or "a panel" for axes in figure.axes if any(_hidden(axes))]


def _hidden(axes: Axes) -> Iterator[bool]:
    low, high = np.sort([axes.get_xlim(), axes.get_ylim()], axis=1).T  # (x and y)
    slack = 1e-9 * (high - low)
    for points in _curves(axes):
        finite = points[np.isfinite(points).all(1)]
        outside = ((finite < low - slack) | (finite > high + slack)).any(1)
        yield len(finite) > 0 and outside.mean() > _MOST


def _curves(axes: Axes) -> Iterator[np.ndarray]:
    """The points of each curve and of each set of scattered marks, (point, x and y)."""
    for line in axes.lines:
        if all(line.get_transform().contains_branch_seperately(axes.transData)):
            yield np.asarray(line.get_xydata(), float)
    for collection in axes.collections:
        if collection.get_offset_transform() == axes.transData:
            yield np.ma.filled(np.ma.asarray(collection.get_offsets(), float), np.nan)
