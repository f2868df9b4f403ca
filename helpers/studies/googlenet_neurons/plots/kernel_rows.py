"""Rows of small kernels with the numbers of their units: one axis a row, so that many are drawn at once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from helpers.plots.style import DIVERGING, array, panels


def kernel_rows(rows: Mapping[str, Mapping[str, ArrayLike]]) -> Figure:
    """A row of kernels for each name, the keys of the inner mappings above them; each kernel has its own scale."""
    figure, axes = panels(len(rows), columns=1, size=(6.9, 0.98))
    for axis, (name, kernels) in zip(axes, rows.items(), strict=True):
        pictures = [array(kernel, float) for kernel in kernels.values()]
        scaled = [picture / (np.abs(picture).max() or 1.0) for picture in pictures]
        high, wide = max(each.shape[0] for each in scaled), max(each.shape[1] for each in scaled)
        line = np.full((high, len(scaled) * (wide + 1) - 1), np.nan)
        for k, picture in enumerate(scaled):
            line[: picture.shape[0], k * (wide + 1) : k * (wide + 1) + picture.shape[1]] = picture
        axis.imshow(line, cmap=DIVERGING, vmin=-1, vmax=1)
        axis.xaxis.tick_top()
        axis.set_xticks([k * (wide + 1) + (wide - 1) / 2 for k in range(len(scaled))], list(kernels), fontsize=7.5)
        axis.set_yticks([])
        axis.tick_params(length=0)
        axis.set_ylabel(name, fontsize=8, rotation=0, ha="right", va="center")
        axis.grid(False)
        for spine in axis.spines.values():
            spine.set_visible(False)
    return figure
