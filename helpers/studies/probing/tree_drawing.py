"""Figure 3 of the study, computed: the tree of one activation in a small network with one row of units per layer."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from matplotlib.figure import Figure

from helpers.plots.style import PALETTE, panels

UNITS = 16  # in the lowest row
CONVOLUTIONS = 4  # with kernels of three; a pooling of two stands behind the second


class Edge(NamedTuple):
    """A connection from a unit of a row to one of the row above: (row, unit), (row, unit)."""

    below: tuple[int, int]
    above: tuple[int, int]
    in_view: bool
    used: bool


class SmallTree(NamedTuple):
    """A small network on one input. Row 0 is the input; the last row holds the unit whose tree it is."""

    active: list[np.ndarray]  # of each row, whether its units are above 0
    in_view: list[np.ndarray]
    contributing: list[np.ndarray]
    edges: list[Edge]
    pooled: list[bool]  # whether a row is a pooling of the one below


def small_tree(*, seed: int) -> SmallTree:
    """The tree of the strongest unit in the top row, for random weights and a random input of the seed."""
    generator = torch.Generator().manual_seed(seed)
    while True:  # until a unit of the top row is active
        values, links, pooled = _forward(generator)
        if values[-1].max() > 0:
            return _tree(values, links, pooled)


def _forward(generator: torch.Generator) -> tuple[list[np.ndarray], list[list[tuple[int, int, bool]]], list[bool]]:
    """The values of every row; the links from row to row, (below, above, whether it passes); which rows pool."""
    values = [torch.rand(UNITS, generator=generator).numpy() + 0.1]
    pooled, links = [False], list[list[tuple[int, int, bool]]]()
    for number in range(CONVOLUTIONS):
        if number == CONVOLUTIONS // 2:
            pairs = values[-1].reshape(-1, 2)
            links.append([(2 * k + j, k, bool(j == pairs[k].argmax())) for k in range(len(pairs)) for j in range(2)])
            values.append(pairs.max(axis=1))
            pooled.append(True)
        kernel = torch.randn(3, generator=generator).numpy()
        below = values[-1]
        steps = [(k + j, k, j + 1) for k in range(len(below)) for j in (-1, 0, 1) if 0 <= k + j < len(below)]
        links.append([(low, high, True) for low, high, _ in steps])
        sums = np.zeros(len(below))
        for low, high, place in steps:
            sums[high] += kernel[place] * below[low]
        values.append(np.maximum(sums, 0))
        pooled.append(False)
    return values, links, pooled


def _tree(values: list[np.ndarray], links: list[list[tuple[int, int, bool]]], pooled: list[bool]) -> SmallTree:
    """From the strongest unit of the top row down: what it sees, and what contributes to it."""
    in_view = [np.zeros(len(row), dtype=bool) for row in values]
    contributing = [np.zeros(len(row), dtype=bool) for row in values]
    in_view[-1][values[-1].argmax()] = contributing[-1][values[-1].argmax()] = True
    edges = []
    for row in range(len(links) - 1, -1, -1):
        for low, high, passes in links[row]:
            seen = bool(in_view[row + 1][high])
            used = bool(contributing[row + 1][high] and passes and values[row][low] > 0)
            in_view[row][low] |= seen
            contributing[row][low] |= used
            edges.append(Edge((row, low), (row + 1, high), seen, used))
    return SmallTree([row > 0 for row in values], in_view, contributing, edges, pooled)


def draw(tree: SmallTree) -> Figure:
    """Rows of dots from the input (below) to the top; see the page's caption for the colours."""
    figure, (axis,) = panels(1, columns=1, size=(6.9, 3.6))
    places = [np.linspace(0, UNITS - 1, 2 * len(row) + 1)[1::2] for row in tree.active]  # poolings halve a row
    for edge in sorted(tree.edges, key=lambda one: (one.used, one.in_view)):
        colour = "black" if edge.used else PALETTE[2] if edge.in_view else "0.85"
        ends = [(places[row][unit], row) for row, unit in (edge.below, edge.above)]
        axis.plot(*zip(*ends, strict=True), color=colour, linewidth=1.6 if edge.used else 0.9, zorder=1)
    names = iter(range(1, len(tree.active)))
    for row, active in enumerate(tree.active):
        rings = ["black" if one else "0.6" for one in tree.contributing[row]]
        fills = [PALETTE[0] if one else "white" for one in active]
        widths = [2.2 if one else 0.8 for one in tree.contributing[row]]
        axis.scatter(
            places[row], np.full(len(active), row), s=70, c=fills, edgecolors=rings, linewidths=widths, zorder=2
        )
    labels = ["input" if k == 0 else "pooling" if p else f"layer {next(names)}" for k, p in enumerate(tree.pooled)]
    axis.set_yticks(range(len(labels)), labels)
    axis.set_xticks([])
    axis.grid(False)
    axis.spines[:].set_visible(False)
    return figure
