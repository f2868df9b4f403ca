"""Matrices as pictures: weights (signed, white at zero) and averaged activations (magnitudes)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from helpers.plots.style import DIVERGING, SEQUENTIAL, array, panels


def weight_maps(weights: Mapping[str, ArrayLike], biases: Mapping[str, ArrayLike]) -> Figure:
    """Weight matrices (input, unit) with their biases (unit) below, each on its own scale around zero."""
    figure, axes = panels(2 * len(weights), columns=len(weights), size=(6.8 / len(weights), 2.6), ratios=[6, 1])
    for column, (name, matrix) in enumerate(weights.items()):
        picture, strip = axes[column], axes[column + len(weights)]
        for axis, values, colour_bar in (
            (picture, array(matrix), True),
            (strip, array(biases[name])[None], False),
        ):
            reach = np.abs(values).max() or 1.0
            rows, units = values.shape
            extent = (0.5, units + 0.5, rows + 0.5, 0.5)  # inputs and units count from 1
            drawn = axis.imshow(values, cmap=DIVERGING, vmin=-reach, vmax=reach, aspect="auto", extent=extent)
            axis.grid(False)
            figure.colorbar(drawn, ax=axis, shrink=0.9, ticks=None if colour_bar else [-reach, reach], format="%.2g")
        picture.set(title=f"{name}: weights", ylabel="input")
        strip.set(xlabel="unit", ylabel="bias", yticks=[])
    return figure


def activation_maps(
    averaged: Mapping[str, ArrayLike], *, first_position: int, x_label: str = "jump position"
) -> Figure:
    """Averaged activations (unit, class), a panel each; the classes are positions from ``first_position`` on.

    x_label: what the classes are, where they are not the true positions.
    """
    columns = 2 if len(averaged) == 4 else min(len(averaged), 3)
    figure, axes = panels(len(averaged), columns=columns, size=(6.8 / columns, 3.0))
    for axis, (name, values) in zip(axes, averaged.items(), strict=True):
        matrix = array(values)
        extent = (first_position - 0.5, first_position + matrix.shape[1] - 0.5, matrix.shape[0] + 0.5, 0.5)
        drawn = axis.imshow(matrix, cmap=SEQUENTIAL, aspect="auto", extent=extent)
        axis.grid(False)
        axis.set(title=name, xlabel=x_label, ylabel="unit")
        axis.yaxis.set_major_locator(MaxNLocator(integer=True))  # a layer of two units has no unit 1.5
        figure.colorbar(drawn, ax=axis, shrink=0.8, location="bottom")
    return figure


def pictures(images: Mapping[str, ArrayLike]) -> Figure:
    """Grey pictures (row, column) of magnitudes beside each other."""
    figure, axes = panels(len(images), columns=min(len(images), 3), size=(2.2, 2.3))
    for axis, (name, image) in zip(axes, images.items(), strict=True):
        axis.imshow(array(image), cmap="gray")
        axis.set(title=name, xticks=[], yticks=[])
        axis.grid(False)
    return figure
