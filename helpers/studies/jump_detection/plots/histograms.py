"""Histograms of errors."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from helpers.plots.style import PALETTE, array, panels


def error_histograms(errors: Mapping[str, ArrayLike]) -> Figure:
    """The number of signals with each absolute error (whole points), on a logarithmic axis; a panel per named set."""
    figure, axes = panels(len(errors), columns=2, size=(3.4, 2.7))
    for axis, (name, values) in zip(axes, errors.items(), strict=True):
        counts = np.bincount(array(values))
        axis.bar(np.arange(len(counts)), counts, width=0.9, color=PALETTE[0])
        axis.set(xlabel="absolute error [points]", ylabel="signals", yscale="log", title=name)
        axis.set_ylim(0.7, None)  # so that a single signal is visible
    return figure
