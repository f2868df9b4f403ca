"""Curves over a quantity, mean and 95% interval over seeds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from helpers.plots.style import MARKERS, PALETTE, array, legend_above, legend_below, panels
from helpers.statistics.intervals import Band, mean_band

Curves = Mapping[str, ArrayLike]  # name -> (seed, point)


def _draw(axis: Axes, x: ArrayLike, name: str, curve: ArrayLike, index: int, *, marker: bool = True) -> None:
    values = array(curve, float)
    # on a logarithmic axis the interval of the logarithms: an interval of the values may reach below zero
    logarithmic = axis.get_yscale() == "log" and (values > 0).all()
    band = Band(*map(np.exp, mean_band(np.log(values)))) if logarithmic else mean_band(values)
    colour, sign = PALETTE[index % len(PALETTE)], MARKERS[index % len(MARKERS)] if marker else None
    axis.plot(array(x), band.mean, color=colour, marker=sign, markersize=4, linewidth=1.4, label=name)
    axis.fill_between(array(x), band.low, band.high, color=colour, alpha=0.2, linewidth=0)


def lines(
    x: ArrayLike,
    curves: Curves,
    *,
    x_label: str,
    y_label: str,
    x_log: bool = False,
    y_log: bool = False,
    y_limits: tuple[float, float] | None = None,
) -> Figure:
    """Several curves in one panel; on a logarithmic y axis their geometric means and intervals.

    y_limits: of a quantity that has bounds, of which an interval knows nothing.
    """
    figure, (axis,) = panels(1, columns=1, size=(6.5, 4.0))
    x_scale, y_scale = ("log" if log else "linear" for log in (x_log, y_log))
    axis.set(xlabel=x_label, ylabel=y_label, xscale=x_scale, yscale=y_scale)
    if not x_log and np.all(np.mod(array(x), 1) == 0):
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))  # there is no layer 1.5
    for index, (name, curve) in enumerate(curves.items()):
        _draw(axis, x, name, curve, index)
    if y_limits is not None:  # limits of None would stay those of an empty panel
        axis.set_ylim(y_limits)
    legend_above(figure, axis)
    return figure


def line_panels(
    x: ArrayLike,
    panel_curves: Mapping[str, Curves],
    *,
    x_label: str,
    y_label: str | Mapping[str, str],
    columns: int = 2,
    x_log: bool = False,
    one_scale: bool = False,
) -> Figure:
    """Several curves in each of several panels, over one quantity; a panel's axis begins at 0.

    y_label: the label of all vertical axes, or of each panel's by its title.
    one_scale: whether the vertical axes have one scale, for panels that are compared.

    The names stand above the figure if they are those of all panels, else below each panel.
    """
    figure, axes = panels(len(panel_curves), columns=columns, size=(6.8 / columns, 5.4 / columns))
    alike = len({tuple(curves) for curves in panel_curves.values()}) == 1
    for axis, (title, curves) in zip(axes, panel_curves.items(), strict=True):
        for index, (name, curve) in enumerate(curves.items()):
            _draw(axis, x, name, curve, index)
        label = y_label if isinstance(y_label, str) else y_label[title]
        axis.set(xlabel=x_label, ylabel=label, title=title, ylim=(0, None), xscale="log" if x_log else "linear")
        axis.set_xticks(array(x), [f"{tick:g}" for tick in array(x)], rotation=45 if x_log else 0)
        axis.minorticks_off()
        if not alike:
            legend_below(axis)
    if one_scale:
        top = max(axis.get_ylim()[1] for axis in axes)
        for axis in axes:
            axis.set_ylim(0, top)
    if alike:
        legend_above(figure, axes[0])
    return figure


def lines_with_levels(
    x: ArrayLike, curves: Curves, levels: Mapping[str, float], *, x_label: str, y_label: str
) -> Figure:
    """A panel per curve, with the study's value of the same name as a horizontal line."""
    figure, axes = panels(len(curves), columns=2, size=(3.4, 2.6))
    for axis, (name, curve) in zip(axes, curves.items(), strict=True):
        _draw(axis, x, "ours", curve, 0)
        axis.axhline(levels[name], color=PALETTE[1], linestyle="--", label="study")
        axis.set(xlabel=x_label, ylabel=y_label, title=name)
    legend_above(figure, axes[0])
    return figure


def training_curves(loss: Curves, error: Curves, *, best_epoch: ArrayLike) -> Figure:
    """Loss and classification error over the epochs, for each named set; the mean epoch of early stopping is marked.

    Curves are (seed, epoch); best_epoch is (seed).
    """
    figure, axes = panels(2, columns=2, size=(3.4, 3.0))
    for axis, curves, label in ((axes[0], loss, "loss [nats]"), (axes[1], error, "classification error")):
        for index, (name, curve) in enumerate(curves.items()):
            epochs = np.arange(1, array(curve).shape[1] + 1)
            _draw(axis, epochs, name, curve, index, marker=False)
        axis.axvline(float(np.mean(array(best_epoch))), color="black", linestyle=":", label="stopped here")
        top = max(array(curve).max() for curve in curves.values())  # an interval of two seeds may reach far above
        axis.set(xlabel="epoch", ylabel=label, ylim=(0, 1.05 * top))
    legend_above(figure, axes[0])
    return figure
