"""How figures of the book look: one palette that colour-blind readers can tell apart, sizes that a phone can show."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
from matplotlib import rc_context, rcdefaults
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import imsave
from numpy.typing import ArrayLike, DTypeLike
from torch import Tensor

# Okabe and Ito's eight colours, black last
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6D1F", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
SEQUENTIAL = "viridis"  # magnitudes
DIVERGING = "RdBu_r"  # signed values, centred at 0

_RC: Any = {
    "font.size": 10,
    "axes.labelsize": 10,
    "axes.titlesize": 10,
    "legend.fontsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "image.interpolation": "nearest",
}


def reset() -> None:
    """Let figures look as in the book: Matplotlib's defaults, whatever ``matplotlibrc`` or style the reader has."""
    rcdefaults()


def array(values: ArrayLike | Tensor, dtype: DTypeLike | None = None) -> np.ndarray:
    """Values as Matplotlib takes them. A tensor may lie on any device and belong to a graph of gradients."""
    return np.asarray(values.detach().cpu() if isinstance(values, Tensor) else values, dtype=dtype)


def panels(
    count: int, *, columns: int, size: tuple[float, float], ratios: list[float] | None = None
) -> tuple[Figure, list[Axes]]:
    """A figure (outside pyplot's registry, so nothing needs closing) with ``count`` panels of the given size in inches.

    ratios: relative heights of the rows.
    """
    rows = math.ceil(count / columns)
    with rc_context(_RC):
        figure = Figure(figsize=(size[0] * columns, size[1] * rows), layout="constrained")
        grid = figure.subplots(rows, columns, squeeze=False, gridspec_kw={"height_ratios": ratios} if ratios else None)
        axes = list(np.ravel(grid))
        for empty in axes[count:]:
            empty.remove()
    return figure, axes[:count]


def legend_above(figure: Figure, axis: Axes) -> None:
    """One legend for a whole figure, with the names drawn in ``axis``, above all panels: it covers no curve."""
    handles, labels = axis.get_legend_handles_labels()
    with rc_context(_RC):
        figure.legend(handles, labels, loc="outside upper center", ncols=min(3, len(labels)))


def legend_below(axis: Axes) -> None:
    """The legend of one panel, below its horizontal axis: it covers no curve."""
    axis.legend(
        loc="upper center",
        bbox_to_anchor=(0.5, -0.2),
        ncols=3,
        fontsize=9,
        frameon=False,
        columnspacing=1,
        handlelength=1.5,
    )


def png(figure: Figure) -> bytes:
    """The figure as a PNG file. ``Figure.savefig`` draws a figure that is laid out twice, to the same picture."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    buffer = io.BytesIO()
    imsave(buffer, canvas.buffer_rgba(), format="png")
    return buffer.getvalue()
