"""What a network is made of, in small computed examples: figures 1 to 7 and 9 of the study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from helpers.plots.images import draw
from helpers.plots.style import DIVERGING, PALETTE, SEQUENTIAL, array, panels


def convolution_step(patch: ArrayLike, kernel: ArrayLike) -> Figure:
    """A part of an input, a kernel, and their product point by point, whose sum is one number of the output."""
    ours, theirs = array(patch, float), array(kernel, float)
    product = ours * theirs
    figure, axes = panels(3, columns=3, size=(2.3, 3.0))
    titles = ("part of the input", "× kernel", f"= product, sum {product.sum():.2f}")
    for axis, title, values in zip(axes, titles, (ours, theirs, product), strict=True):
        _numbers(axis, values, signed=title != titles[0])
        axis.set_title(title)
    return figure


def padded(side: int, *, kernel: int, padding: int, strides: Sequence[int]) -> Figure:
    """An input with its padding, and the middles of the places that a kernel takes, for each stride."""
    figure, axes = panels(len(strides), columns=len(strides), size=(3.2, 3.3))
    for axis, stride in zip(axes, strides, strict=True):
        whole = side + 2 * padding
        for row in range(whole):
            for column in range(whole):
                inside = padding <= min(row, column) and max(row, column) < side + padding
                colour = "white" if inside else "#bbbbbb"
                axis.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=colour, edgecolor="#888888"))
        places = np.arange(0, whole - kernel + 1, stride) + (kernel - 1) / 2
        y, x = np.meshgrid(places, places, indexing="ij")
        axis.scatter(x, y, color=PALETTE[0], s=26, zorder=3)
        axis.add_patch(Rectangle((-0.5, -0.5), kernel, kernel, fill=False, edgecolor=PALETTE[1], linewidth=2))
        axis.set(xlim=(-0.6, whole - 0.4), ylim=(whole - 0.4, -0.6), aspect="equal")
        axis.set_title(f"stride {stride}: {side}×{side} gives {len(places)}×{len(places)}")
        axis.set_axis_off()
    return figure


def relu_and_pooling(inputs: ArrayLike, outputs: ArrayLike, before: ArrayLike, after: ArrayLike) -> Figure:
    """The curve of a non-linearity, and a map before and after pooling."""
    figure, axes = panels(3, columns=3, size=(2.3, 3.0))
    axes[0].plot(array(inputs), array(outputs), color=PALETTE[0])
    axes[0].set(xlabel="input", ylabel="output", title="ReLU")
    top = float(array(before, float).max())
    for axis, values, title in ((axes[1], before, "a map"), (axes[2], after, "its maxima of 2×2")):
        _numbers(axis, array(values, float), signed=False, top=top)
        axis.set_title(title)
    return figure


def dense_and_softmax(
    inputs: ArrayLike, weights: ArrayLike, scores: ArrayLike, probabilities: ArrayLike, classes: Sequence[str]
) -> Figure:
    """A dense layer, its lines as strong as the weights, and what softmax makes of its scores.

    weights: (unit, input).
    """
    matrix = array(weights, float)
    figure, axes = panels(3, columns=3, size=(2.3, 2.6))
    reach = float(np.abs(matrix).max()) or 1.0
    units, count = matrix.shape
    places = [np.linspace(0, 1, n) if n > 1 else np.array([0.5]) for n in (count, units)]
    for unit in range(units):
        for k in range(count):
            colour = PALETTE[1] if matrix[unit, k] > 0 else PALETTE[0]
            ends = [places[0][k], places[1][unit]]
            axes[0].plot([0, 1], ends, color=colour, linewidth=2.5 * abs(matrix[unit, k]) / reach, zorder=1)
    axes[0].scatter(np.zeros(count), places[0], c=array(inputs, float), cmap=SEQUENTIAL, edgecolors="black", s=50)
    axes[0].scatter(np.ones(units), places[1], color="white", edgecolors="black", s=50, zorder=3)
    axes[0].set(title=f"{count} inputs, {units} units", xlim=(-0.2, 1.2))
    axes[0].set_axis_off()
    axes[1].barh(list(classes), array(scores, float), color="#999999")
    axes[1].set(xlabel="score", title="scores")
    chance = array(probabilities, float)
    colours = [PALETTE[0] if k == chance.argmax() else "#999999" for k in range(len(chance))]
    axes[2].barh(list(classes), chance, color=colours)
    axes[2].set(xlabel="probability", title=f"softmax, sum {chance.sum():.2f}", xlim=(0, 1))
    for axis in axes[1:]:
        axis.invert_yaxis()
    return figure


def chain(picture: ArrayLike, shapes: Mapping[str, Sequence[int]]) -> Figure:
    """A small network from a picture to its classes: a box for each layer, as high as its maps, with its shape."""
    figure, (axis,) = panels(1, columns=1, size=(6.9, 2.3))
    image = array(picture, float)
    axis.imshow(image, cmap="gray", extent=(-0.45, 0.45, -0.45, 0.45), aspect="auto")
    axis.text(0, -0.55, f"input\n1×{image.shape[0]}×{image.shape[1]}", ha="center", va="top", fontsize=7)
    for x, (name, shape) in enumerate(shapes.items(), 1):
        high = 0.9 * (shape[1] / image.shape[0]) if len(shape) == 3 else 0.08 + 0.3 * min(1, shape[0] / 128)
        wide = 0.16 + 0.6 * min(1, shape[0] / 64) if len(shape) == 3 else 0.14
        axis.add_patch(
            Rectangle((x - wide / 2, -high / 2), wide, high, facecolor=PALETTE[5], alpha=0.7, edgecolor="#444444")
        )
        axis.text(x, -0.55, f"{name}\n{'×'.join(map(str, shape))}", ha="center", va="top", fontsize=7)
        axis.annotate("", (x - 0.4, 0), (x - 0.55, 0), arrowprops={"arrowstyle": "->", "lw": 0.8})
    axis.set(xlim=(-0.6, len(shapes) + 0.6), ylim=(-0.95, 0.6))
    axis.set_axis_off()
    return figure


def channels(before: ArrayLike, after: ArrayLike, *, names: tuple[str, str]) -> Figure:
    """Maps before a 1×1 convolution in the first row, and behind it in the second; (channel, row, column)."""
    shown = [array(before, float), array(after, float)]
    across = max(map(len, shown))
    figure, axes = panels(2 * across, columns=across, size=(6.9 / across, 6.9 / across + 0.12))
    for line, (maps, name) in enumerate(zip(shown, names, strict=True)):
        for k, axis in enumerate(axes[line * across : (line + 1) * across]):
            if k >= len(maps):
                axis.remove()
                continue
            draw(axis, maps[k], signed=False, top=float(maps.max()) or 1.0)
            if k == 0:
                axis.set_title(name, loc="left", fontsize=8)
    return figure


def channel_histograms(weights: ArrayLike, *, title: str, bins: int = 24) -> Figure:
    """How many weights of each channel lie in each bin of value; (channel, point), channels ordered by their means."""
    values = array(weights, float)
    values = values[np.argsort(values.mean(axis=1))]
    reach = float(np.abs(values).max()) or 1.0
    edges = np.linspace(-reach, reach, bins + 1)
    counts = np.stack([np.histogram(row, bins=edges)[0] for row in values])
    figure, (axis,) = panels(1, columns=1, size=(6.5, 3.2))
    extent = (-reach, reach, len(values) - 0.5, -0.5)
    drawn = axis.imshow(counts, cmap=SEQUENTIAL, aspect="auto", extent=extent, interpolation="none")
    axis.grid(False)
    axis.set(xlabel="weight", ylabel="channel, by its mean", title=title)
    figure.colorbar(drawn, ax=axis, label="weights")
    return figure


def _numbers(axis: Axes, values: np.ndarray, *, signed: bool, top: float | None = None) -> None:
    """A small matrix in colours with its numbers."""
    reach = top or float(np.abs(values).max()) or 1.0
    axis.imshow(values, cmap=DIVERGING if signed else SEQUENTIAL, vmin=-reach if signed else 0, vmax=reach)
    for (row, column), value in np.ndenumerate(values):
        light = abs(value) > 0.6 * reach if signed else value < 0.6 * reach
        colour = "white" if light else "black"
        axis.text(column, row, f"{value:.2g}", ha="center", va="center", fontsize=8, color=colour)
    axis.set(xticks=[], yticks=[])
    axis.grid(False)
