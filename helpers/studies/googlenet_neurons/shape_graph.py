"""The graph of a set of kernels as a figure to look into (figures 36 and 37)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.studies.googlenet_neurons.kernel_clouds import norm_of
from helpers.studies.googlenet_neurons.kernel_directions import edge_angle
from helpers.studies.googlenet_neurons.kernel_sets import KernelSet
from helpers.studies.googlenet_neurons.plots.interactive.network_graph import Measure, NodeGraph
from helpers.studies.googlenet_neurons.topology.mapper import MapperError, components, principal_projection

_MEMBERS = 11  # kernels of a node that are shown, beside their mean: the nearest to it first
_SIDES = ("left", "top", "right", "bottom", "left")


def to_look_into(sets: Sequence[KernelSet], *, first: str) -> dict[str, NodeGraph]:
    """The graphs of all sets and of their shuffled kernels, by name; graphs without nodes are left out.

    first: the layer of the set that stands first.
    """
    ordered = sorted(sets, key=lambda each: each.branch.layer != first)
    kinds = {"": "", "shuffled": ", values shuffled"}
    return {
        f"{each.title}{more}": _node_graph(each, kind)
        for each in ordered
        for kind, more in kinds.items()
        if each.graph(kind).nodes
    }


def check_nodes(sets: Sequence[KernelSet], *, bins: int, overlap: float, chosen: Collection[str]) -> None:
    """Raise MapperError if a reader has chosen settings (``chosen`` names them) that leave no node in any set.

    With the study's settings a small network has no graph; its other measures are there all the same.
    """
    if chosen and not any(each.graph().nodes for each in sets):
        raise MapperError(
            f"The cover of {bins} bins with an overlap of {overlap:g} leaves no node in any layer; a larger eps or "
            "kept, or fewer bins, may leave some."
        )


def _node_graph(each: KernelSet, kind: str) -> NodeGraph:
    graph, points = each.graph(kind), each.graph_points(kind)
    means = graph.means(points)
    places = principal_projection(points)[:, :2]
    apart = (points[graph.members[:, 1]] - means[graph.members[:, 0]]).square().sum(dim=1, keepdim=True)
    squares = torch.zeros(graph.nodes, 1).index_add_(0, graph.members[:, 0], apart)[:, 0] / graph.sizes
    measures = {
        "larger side of the mean kernel, in radians": Measure(
            values=edge_angle(means, each.branch.size), scale="cyclic", ends=_SIDES
        ),
        "spread of the kernels, in units of the norm": Measure(values=squares.sqrt() / norm_of(points.shape[1])),
        "part of the graph, the largest first": Measure(values=components(graph).float()),
        "kernels": Measure(values=graph.sizes.float()),
    }
    return NodeGraph(
        members=graph.sizes,
        places=graph.means(places),
        edges=graph.edges,
        measures=measures,
        pictures=[_pictures(points[graph.points(node)], each.branch.size) for node in range(graph.nodes)],
    )


def _pictures(members: Float[Tensor, "member value"], size: tuple[int, int]) -> Float[Tensor, "picture row column"]:
    """The mean, then the members nearest to it."""
    mean = members.mean(dim=0)
    order = (members - mean).norm(dim=1).argsort(stable=True)[:_MEMBERS]
    return torch.cat([mean[None], members[order]]).unflatten(1, size)
