"""What Mapper's settings do to a graph: whether it reads as a circle, how many loops, nodes and edges it has."""

from __future__ import annotations

from itertools import product

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from helpers.randomness import generator
from helpers.studies.googlenet_neurons.kernel_clouds import norm_of
from helpers.studies.googlenet_neurons.kernel_graphs import LEAST as STUDYS_LEAST
from helpers.studies.googlenet_neurons.kernel_graphs import graph_of, loops_of, others, reads_as_circle
from helpers.studies.googlenet_neurons.topology.mapper import Graph, cycle_rank
from helpers.studies.googlenet_neurons.topology.small_dbscan import SmallDBSCAN

GRID_FACTORS, GRID_KEPT = (0.5, 1.0, 2.0), (0.1, 0.3, 0.5, 1.0)
GRID_BINS, GRID_OVERLAPS = (3, 5, 7, 10), (0.1, 0.3, 0.5)
OVERLAPS = (0.05, 0.1, 0.2, 0.3, 0.5)
BINS = (2, 3, 5, 7, 10)
LEAST = (2, 3, 5, 10)
FACTORS = (0.5, 0.75, 1.0, 1.5, 2.0)


def on_grid(cores: dict[float, Tensor], eps: float) -> dict[str, Int[Tensor, "factor kept bins overlap"]]:
    """What the graphs are over the grid.

    cores: the kernels (kernel, value) that each crop leaves, by the share that it keeps. eps: DBSCAN's radius, which
    the grid multiplies by ``GRID_FACTORS``.

    circle: 1 if the graph reads as a circle, else 0. rank: its cycle rank. loops: those of seven nodes or more in its
    largest part.
    """
    graphs = [
        graph_of(cores[kept], bins=bins, overlap=overlap, clusterer=_few(factor * eps))
        for factor, kept, bins, overlap in product(GRID_FACTORS, cores, GRID_BINS, GRID_OVERLAPS)
    ]
    measures = {"circle": reads_as_circle, "rank": cycle_rank, "loops": loops_of}
    shape = (len(GRID_FACTORS), len(cores), len(GRID_BINS), len(GRID_OVERLAPS))
    return {
        name: torch.tensor([int(measure(graph)) for graph in graphs]).reshape(shape)
        for name, measure in measures.items()
    }


def spread_in_nodes(graph: Graph, points: Float[Tensor, "kernel value"]) -> float:
    """Root mean square distance of the members to the mean of their node, in units of the norm; 0 without nodes."""
    if not graph.nodes:
        return 0.0
    means = graph.means(points)
    apart = (points[graph.members[:, 1]] - means[graph.members[:, 0]]).square().sum(dim=1)
    return float(apart.mean().sqrt()) / norm_of(points.shape[1])


def tuning(points: Float[Tensor, "kernel value"], eps: float) -> dict[str, Float[Tensor, " setting"]]:
    """The study's four rules for tuning: what it says each setting changes, for several values of it."""
    study = _few(eps)
    by_overlap = [graph_of(points, overlap=overlap, clusterer=study) for overlap in OVERLAPS]
    by_bins = [graph_of(points, bins=bins, clusterer=study) for bins in BINS]
    by_least = [graph_of(points, clusterer=_few(eps, least)) for least in LEAST]
    by_factor = [graph_of(points, clusterer=_few(factor * eps)) for factor in FACTORS]
    return {
        "edges_by_overlap": _numbers([len(graph.edges) for graph in by_overlap]),
        "spread_by_overlap": _numbers([spread_in_nodes(graph, points) for graph in by_overlap]),
        "nodes_by_bins": _numbers([graph.nodes for graph in by_bins]),
        "holes_by_least": _numbers([graph.holes / max(1, graph.cubes) for graph in by_least]),
        "edges_by_eps": _numbers([len(graph.edges) for graph in by_factor]),
    }


def clusterers(
    points: Float[Tensor, "kernel value"], eps: float, *, seed: int, name: str
) -> tuple[Bool[Tensor, " clusterer"], Float[Tensor, " clusterer"]]:
    """Whether graphs by DBSCAN, single linkage and HDBSCAN read as circles, and how two halves of the kernels differ.

    The second: the absolute difference in loops between the graphs of two random halves.
    """
    order = torch.randperm(len(points), generator=generator(seed, f"halves of {name}"))
    halves = order.chunk(2)
    circle, apart = [], []
    for clusterer in (_few(eps), *others(eps).values()):
        circle.append(reads_as_circle(graph_of(points, clusterer=clusterer)))
        loops = [loops_of(graph_of(points[half], clusterer=clusterer)) for half in halves]
        apart.append(abs(loops[0] - loops[-1]))
    return torch.tensor(circle), _numbers(apart)


def _few(eps: float, least: int = STUDYS_LEAST) -> SmallDBSCAN:
    """The study's clusterer; the grid's cubes hold few kernels."""
    return SmallDBSCAN(eps, least)


def _numbers(values: list[float] | list[int]) -> Float[Tensor, " value"]:
    return torch.tensor(values, dtype=torch.float32)
