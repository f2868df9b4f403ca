"""Mapper graphs of kernels, drawn: all sets in small multiples, and one kernel for each node."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnnotationBbox, OffsetImage

from helpers.plots.style import panels
from helpers.studies.googlenet_neurons.kernel_directions import edge_angle
from helpers.studies.googlenet_neurons.kernel_graphs import loops_of
from helpers.studies.googlenet_neurons.kernel_sets import KernelSet
from helpers.studies.googlenet_neurons.topology.mapper import cycle_rank

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


def kernels_of_all(sets: Sequence[KernelSet], *, columns: int = 3) -> Figure:
    """The simplified graphs of all sets: one kernel for each node."""
    figure, axes = panels(len(sets), columns=columns, size=(7.2 / columns, 2.4))
    for axis, each in zip(axes, sets, strict=True):
        _draw_kernels(axis, each, "", zoom=0.6)
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
    place, shown = _places(each, kind), graph.sizes.argsort(descending=True, stable=True)[:_SHOWN]
    axis.set_title(f"{each.title}, {_KINDS[kind]}: {graph.nodes} nodes", fontsize=8)
    axis.set(xticks=[], yticks=[], aspect="equal")
    axis.grid(False)
    if not graph.nodes:
        return
    axis.add_collection(LineCollection(place[graph.edges.numpy()], colors="#999999", linewidths=0.6, zorder=1))
    means, reach = graph.means(points).numpy(), 1.2 * float(np.abs(place).max())
    axis.set(xlim=(-reach, reach), ylim=(-reach, reach))
    for node in shown.tolist():
        kernel = means[node].reshape(each.branch.size)
        top = np.abs(kernel).max()
        pixels = np.kron((kernel / top + 1) / 2, np.ones((max(1, 15 // len(kernel)),) * 2))
        picture = OffsetImage(pixels, cmap="gray", norm=Normalize(0, 1), zoom=zoom, interpolation="nearest")
        box = AnnotationBbox(picture, tuple(place[node]), pad=0.1, bboxprops={"linewidth": 0.4}, zorder=2)
        axis.add_artist(box)


def _places(each: KernelSet, kind: str) -> np.ndarray:
    """Where the nodes lie: their mean kernels in the first two principal components of the trained core."""
    graph, points = each.graph(kind), each.graph_points(kind)
    if not graph.nodes:
        return np.zeros((0, 2))
    own = points - points.mean(dim=0)
    axes = np.linalg.eigh((own.T @ own).double().numpy())[1][:, ::-1][:, :2]
    return graph.means(points).double().numpy() @ axes
