"""Matrices of units: the CoF matrix, and similarities of all pairs of units."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from helpers.plots.style import DIVERGING, SEQUENTIAL, array, panels


def cof_maps(counts: Mapping[str, ArrayLike], *, most: int) -> Figure:
    """A panel per layer: classes across, units down, both ordered by what is common; one scale from 0 to ``most``."""
    figure, axes = panels(len(counts), columns=len(counts), size=(6.9 / len(counts), 2.6))
    drawn = None
    for axis, (layer, values) in zip(axes, counts.items(), strict=True):
        matrix = array(values, float)
        matrix = matrix[:, np.argsort(-matrix.sum(axis=0), kind="stable")]
        matrix = matrix[np.argsort(-matrix.max(axis=1), kind="stable")]
        drawn = axis.imshow(matrix, cmap=SEQUENTIAL, vmin=0, vmax=most, aspect="auto", interpolation="none")
        axis.set(title=layer, xlabel="class, commonest first", xticks=[])
        axis.grid(False)
    axes[0].set_ylabel("unit, purest first")
    if drawn is not None:
        figure.colorbar(drawn, ax=axes, shrink=0.9, label="images")
    return figure


def unit_matrices(matrices: Mapping[str, ArrayLike], *, label: str, signed: bool, columns: int = 4) -> Figure:
    """A panel per layer with all pairs of units, on one scale, which is centred at 0 if ``signed``."""
    shown = {name: array(values, float) for name, values in matrices.items()}
    off = [values[~np.eye(len(values), dtype=bool)] for values in shown.values()]
    finite = [np.abs(each[np.isfinite(each)]) for each in off]
    reach = max((float(np.quantile(each, 0.99)) for each in finite if len(each)), default=1.0)
    figure, axes = panels(len(shown), columns=columns, size=(6.9 / columns, 6.9 / columns + 0.2))
    drawn = None
    for axis, (layer, values) in zip(axes, shown.items(), strict=True):
        kind = DIVERGING if signed else SEQUENTIAL
        drawn = axis.imshow(values, cmap=kind, vmin=-reach if signed else 0, vmax=reach, interpolation="none")
        axis.set_title(layer, fontsize=9 if columns <= 4 else 6.8)
        axis.set(xticks=[], yticks=[])
        axis.grid(False)
    if drawn is not None:
        figure.colorbar(drawn, ax=axes, shrink=0.6, label=label)
    return figure
