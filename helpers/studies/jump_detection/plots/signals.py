"""Noisy steps, and the responses of filters to them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float, Int
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from torch import Tensor

from helpers.plots.style import PALETTE, array, legend_above, panels


def example_signals(signals: Float[Tensor, "signal time"], positions: Int[Tensor, " signal"]) -> Figure:
    """A panel per signal; the first point of the upper level is marked (study: jump_detection, figure 3.1)."""
    figure, axes = panels(len(signals), columns=2, size=(3.4, 1.9))
    for axis, signal, position in zip(axes, array(signals), array(positions), strict=True):
        axis.plot(np.arange(1, len(signal) + 1), signal, color=PALETTE[0], linewidth=1)
        axis.axvline(float(position), color=PALETTE[1], linestyle="--")
        axis.set(xlabel="position", ylabel="value", title=f"jump at {int(position)}")
    return figure


def signals_with_posterior(signals: ArrayLike, positions: ArrayLike, probability: ArrayLike, *, first: int) -> Figure:
    """A column per signal: the signal, the jump dashed, and below it the probability of each position.

    signals: (signal, time).
    positions: of the jumps, one per signal.
    probability: (signal, class).
    first: the position of the first class.
    """
    signals, probability = array(signals), array(probability)
    count = len(signals)
    figure, axes = panels(2 * count, columns=count, size=(7.0 / count, 1.6), ratios=[2, 1])
    place = np.arange(first, first + probability.shape[1])
    for k, position in enumerate(array(positions)):
        axes[k].plot(np.arange(1, signals.shape[1] + 1), signals[k], color=PALETTE[0], linewidth=0.8)
        axes[count + k].fill_between(place, probability[k], color=PALETTE[2], step="mid")
        for axis in (axes[k], axes[count + k]):
            axis.axvline(float(position), color=PALETTE[1], linestyle="--", linewidth=1)
            axis.set(xlim=(1, signals.shape[1]))
        axes[k].set_title(f"jump at {int(position)}")
        axes[count + k].set(xlabel="position", ylim=(0, None))
    axes[0].set(ylabel="value")
    axes[count].set(ylabel="probability")
    return figure


def filter_responses(signal: ArrayLike, responses: Mapping[str, ArrayLike]) -> Figure:
    """A panel per filter, with the signal (points) and the filter's response (figures 3.3 and 3.4)."""
    figure, axes = panels(len(responses), columns=1, size=(6.5, 1.7))
    signal = array(signal)
    time = np.arange(1, len(signal) + 1)
    for axis, (name, response) in zip(axes, responses.items(), strict=True):
        axis.plot(time, signal, color=PALETTE[0], linewidth=1, alpha=0.7, label="signal")
        axis.plot(time, array(response), color=PALETTE[1], linewidth=1.3, label="filtered")
        axis.set(ylabel="value", title=name)
    axes[-1].set(xlabel="position")
    legend_above(figure, axes[0])
    return figure


def designed_signals(signals: Mapping[str, ArrayLike], notes: Mapping[str, str], *, position: int) -> Figure:
    """Signals without noise, a panel each (figure 7.1).

    signals: the signals by name.
    notes: for each name, the text below it.
    position: the position that is marked.
    """
    figure, axes = panels(len(signals), columns=3, size=(2.3, 1.9))
    for axis, (name, values) in zip(axes, signals.items(), strict=True):
        signal = array(values)
        axis.axvline(position, color=PALETTE[1], linestyle="--", linewidth=1)
        axis.plot(np.arange(1, len(signal) + 1), signal, color=PALETTE[0], linewidth=1.3)
        axis.set_title(f"{name}\n{notes[name]}", fontsize=9)
        axis.set(xlabel="position")
    return figure
