"""Mapper graphs of kernels, drawn: all sets in small multiples, and one kernel for each node."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from torch import Tensor

from helpers.plots.style import panels
from helpers.studies.googlenet_neurons.kernel_directions import edge_angle
from helpers.studies.googlenet_neurons.kernel_graphs import loops_of
from helpers.studies.googlenet_neurons.kernel_sets import KernelSet
from helpers.studies.googlenet_neurons.three_circles import Circle
from helpers.studies.googlenet_neurons.topology.mapper import Graph, components, cycle_rank

CYCLIC = "twilight"  # perceptually uniform, and alike at both ends
_KINDS = {"": "trained", "shuffled": "shuffled"}
_SHOWN = 36  # kernels of one panel; of a graph with more nodes those with most members


def small_multiples(sets: Sequence[KernelSet], *, columns: int = 4) -> Figure:
    """Every graph beside that of the same kernels with shuffled values, on the same axes.

    A node lies at the mean of its kernels in the first two principal components; its area is in proportion to the
    number of members, and its colour is the direction in which its mean kernel rises.
    """
    figure, axes = panels(2 * len(sets), columns=columns, size=(7.2 / columns, 1.9))
    for k, each in enumerate(sets):
        pair = axes[2 * k : 2 * k + 2]
        reach = max(_draw_graph(axis, each, kind) for axis, kind in zip(pair, _KINDS, strict=True))
        for axis in pair:
            axis.set(xlim=(-reach, reach), ylim=(-reach, reach))
    colours = ScalarMappable(Normalize(-np.pi, np.pi), CYCLIC)
    bar = figure.colorbar(colours, ax=axes, location="bottom", shrink=0.5, aspect=50, pad=0.01)
    bar.set_ticks([k * np.pi / 2 for k in range(-2, 3)], labels=["left", "top", "right", "bottom", "left"])
    bar.set_label("the side on which the mean kernel of the node is larger")
    return figure


def one_kernel_per_node(each: KernelSet) -> Figure:
    """The graph of a set with the mean kernel of each node in grey, beside that of shuffled kernels."""
    figure, axes = panels(2, columns=2, size=(3.5, 4.1))
    for axis, kind in zip(axes, _KINDS, strict=True):
        _draw_kernels(axis, each, kind, zoom=1.0)
        axis.set(xlabel="first principal component", ylabel="second")
    return figure


def kernels_of_all(sets: Sequence[KernelSet], *, kind: str = "", columns: int = 3) -> Figure:
    """The simplified graphs of all sets, one kernel for each node; kind: "" or "shuffled".

    Sets without a node are left out, unless none has one.
    """
    shown = [each for each in sets if each.graph(kind).nodes] or sets
    figure, axes = panels(len(shown), columns=columns, size=(7.2 / columns, 2.4))
    for axis, each in zip(axes, shown, strict=True):
        _draw_kernels(axis, each, kind, zoom=0.6)
    return figure


def graphs_beside_circles(
    graphs: Mapping[str, tuple[Graph, Tensor]], circles: Mapping[str, Circle], *, columns: int = 2
) -> Figure:
    """Graphs of 3×3 kernels (kernel, value), one kernel for each node; in the last panel the model of three circles."""
    figure, axes = panels(len(graphs) + 1, columns=columns, size=(7.0 / columns, 3.7))
    for axis, (title, (graph, points)) in zip(axes[:-1], graphs.items(), strict=True):
        place, means = _plane(graph, points), graph.means(points).unflatten(1, (3, 3)).numpy()
        shown = graph.sizes.argsort(descending=True, stable=True)[:_SHOWN].tolist()
        _draw_nodes(axis, place, means, graph.edges.numpy(), shown, zoom=0.8)
        loops = f"{loops_of(graph)} of {cycle_rank(graph)} loops"
        axis.set_title(f"{title}\n{graph.nodes} nodes, {loops}, {len(components(graph).unique())} parts", fontsize=8)
        axis.set(xlabel="first principal component", ylabel="second")
    place = np.concatenate([circle.places.numpy() for circle in circles.values()])
    kernels = np.concatenate([circle.kernels.unflatten(1, (3, 3)).numpy() for circle in circles.values()])
    start = np.cumsum([0, *(len(circle.places) for circle in circles.values())])
    around = [np.stack([np.arange(a, b), np.roll(np.arange(a, b), -1)], 1) for a, b in pairwise(start)]
    _draw_nodes(axes[-1], place, kernels, np.concatenate(around), range(len(place)), zoom=0.8)
    axes[-1].set_title("the model: " + ", ".join(circles), fontsize=8)
    axes[-1].set_frame_on(False)
    return figure


def _draw_graph(axis: Axes, each: KernelSet, kind: str) -> float:
    """Draw one graph; returns how far it reaches from 0."""
    graph, points = each.graph(kind), each.graph_points(kind)
    loops = f"{loops_of(graph)} of {cycle_rank(graph)} loops" if graph.nodes else "no node"
    axis.set_title(f"{each.title}, {_KINDS[kind]}\n{graph.nodes} nodes, {loops}", fontsize=7)
    axis.set(xticks=[], yticks=[], aspect="equal")
    axis.grid(False)
    place = _places(each, kind)
    if not len(place):
        return 0.1
    axis.add_collection(LineCollection(place[graph.edges.numpy()], colors="#888888", linewidths=0.5, zorder=1))
    sizes = graph.sizes.numpy() / len(points)
    angle = edge_angle(graph.means(points), each.branch.size).numpy()
    area = np.maximum(2, 400 * sizes)
    norm = Normalize(-np.pi, np.pi)
    axis.scatter(
        place[:, 0],
        place[:, 1],
        s=area,
        c=angle,
        cmap=CYCLIC,
        norm=norm,
        edgecolors="#444444",
        linewidths=0.5,
        zorder=2,
    )
    return 1.15 * float(np.abs(place).max())


def _draw_kernels(axis: Axes, each: KernelSet, kind: str, *, zoom: float) -> None:
    graph, points = each.graph(kind), each.graph_points(kind)
    shown = graph.sizes.argsort(descending=True, stable=True)[:_SHOWN].tolist()
    means = graph.means(points).unflatten(1, each.branch.size).numpy()
    _draw_nodes(axis, _places(each, kind), means, graph.edges.numpy(), shown, zoom=zoom)
    axis.set_title(f"{each.title}, {_KINDS[kind]}: {graph.nodes} nodes", fontsize=8)


def _draw_nodes(
    axis: Axes, place: np.ndarray, kernels: np.ndarray, edges: np.ndarray, shown: Iterable[int], *, zoom: float
) -> None:
    """Kernels (node, row, column) in grey at their places (node, 2), joined by lines; shown: which of them."""
    axis.set(xticks=[], yticks=[], aspect="equal")
    axis.grid(False)
    if not len(place):
        return
    axis.add_collection(LineCollection(place[edges], colors="#999999", linewidths=0.6, zorder=1))
    reach = 1.2 * float(np.abs(place).max())
    axis.set(xlim=(-reach, reach), ylim=(-reach, reach))
    for node in shown:
        kernel = kernels[node]
        pixels = np.kron((kernel / np.abs(kernel).max() + 1) / 2, np.ones((max(1, 15 // len(kernel)),) * 2))
        picture = OffsetImage(pixels, cmap="gray", norm=Normalize(0, 1), zoom=zoom, interpolation="nearest")
        box = AnnotationBbox(picture, tuple(place[node]), pad=0.1, bboxprops={"linewidth": 0.4}, zorder=2)
        axis.add_artist(box)


def _places(each: KernelSet, kind: str) -> np.ndarray:
    return _plane(each.graph(kind), each.graph_points(kind))


def _plane(graph: Graph, points: Tensor) -> np.ndarray:
    """Where the nodes lie: their mean kernels in the first two principal components of the points (point, value)."""
    if not graph.nodes:
        return np.zeros((0, 2))
    own = points - points.mean(dim=0)
    axes = np.linalg.eigh((own.T @ own).double().numpy())[1][:, ::-1][:, :2]
    return graph.means(points).double().numpy() @ axes
