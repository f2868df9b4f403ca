"""The Mapper graph of kernels with the study's settings, and when it reads as a circle (section 4.2.3.2)."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from sklearn.cluster import DBSCAN, HDBSCAN, AgglomerativeClustering
from torch import Tensor

from helpers.studies.googlenet_neurons.kernel_clouds import norm_of
from helpers.studies.googlenet_neurons.topology.density import neighbour_distance
from helpers.studies.googlenet_neurons.topology.mapper import (
    Graph,
    MapperError,
    Overlap,
    components,
    large_loops,
    largest_component,
    mapper,
    principal_projection,
)

BINS, OVERLAP, LEAST = 5, 0.1, 3  # appendix 7.1
_EPS = {9: 0.5, 25: 2.0}  # of kernels of so many values (appendix 7.1)
_EPS_ELSE = 0.4  # of the norm, as for 5×5
_HALF = 0.5


def radius_for(points: Float[Tensor, "kernel value"], asked: float, *, studys: bool) -> float:
    """DBSCAN's radius for kernels that a crop has left.

    asked: as a part of the norm; 0 for the study's where the network is the study's, and elsewhere for the median
    distance of a kernel to its third neighbour: the kernels of other networks lie closer together, or less close.
    """
    values = points.shape[1]
    if asked:
        return asked * norm_of(values)
    if studys:
        return _EPS.get(values, _EPS_ELSE * norm_of(values))
    if len(points) == 1:
        return norm_of(values)
    distance = neighbour_distance(points, neighbours=min(LEAST, len(points) - 1))
    return max(float(distance.median()), 1e-6)


def dbscan(eps: float, *, least: int = LEAST) -> DBSCAN:
    """The study's clusterer with this radius."""
    return DBSCAN(eps=eps, min_samples=least)


def others(eps: float) -> dict[str, Any]:
    """Other ways of clustering, with the same radius or the same least number of samples."""
    linkage = AgglomerativeClustering(n_clusters=None, distance_threshold=eps, linkage="single")
    return {"single linkage": linkage, "HDBSCAN": HDBSCAN(min_cluster_size=LEAST, copy=True)}


def graph_of(
    points: Float[Tensor, "kernel value"],
    *,
    bins: int = BINS,
    overlap: float = OVERLAP,
    meaning: Overlap = "cube",
    clusterer: Any,
) -> Graph:
    """The graph of kernels that a crop has left; one without nodes, all cubes holes, where the cover leaves none."""
    projection = principal_projection(points)
    try:
        return mapper(points, projection, clusterer=clusterer, bins=bins, overlap=overlap, meaning=meaning)
    except MapperError:
        none = torch.zeros(0, 2, dtype=torch.long)
        return Graph(members=none, edges=none, cubes=1, holes=1)


def loops_of(graph: Graph) -> int:
    """Loops of at least seven nodes in the part that holds most; 0 for a graph without nodes."""
    return large_loops(largest_component(graph)) if graph.nodes else 0


def reads_as_circle(graph: Graph) -> bool:
    """Whether the largest part holds at least half of the memberships and has exactly one loop of seven nodes or more.

    The study has no criterion: this one was fixed before any graph was seen.
    """
    if not graph.nodes:
        return False
    largest = components(graph)[graph.members[:, 0]] == 0
    return float(largest.float().mean()) >= _HALF and loops_of(graph) == 1
