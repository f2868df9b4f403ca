"""Mapper: a graph of the shape of a cloud of points (Singh, Mémoli and Carlsson 2007), built by KeplerMapper.

The points are projected, the projection is covered by overlapping cubes, the points of each cube are clustered, and two
clusters are joined if they share a point.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from helpers.errors import BadInput

Overlap = Literal["cube", "pitch"]


class MapperError(BadInput):
    """A cover that leaves no node, or that is none."""


@dataclass(frozen=True, kw_only=True)
class Graph:
    """Clusters of points, and which of them share a point.

    members: for each pair of a cluster and a point in it, the number of the cluster and that of the point.
    edges: pairs of clusters, the lower number first.
    cubes: cubes that hold a point. holes: those of them that leave no cluster.
    """

    members: Int[Tensor, "membership 2"]
    edges: Int[Tensor, "edge 2"]
    cubes: int = 0
    holes: int = 0

    @property
    def nodes(self) -> int:
        return int(self.members[:, 0].max()) + 1 if len(self.members) else 0

    @property
    def sizes(self) -> Int[Tensor, " node"]:
        """The number of points of each cluster."""
        return torch.bincount(self.members[:, 0], minlength=self.nodes)

    def points(self, node: int) -> Int[Tensor, " point"]:
        """The numbers of the points of a cluster."""
        return self.members[self.members[:, 0] == node, 1]

    def adjacency(self) -> Bool[Tensor, "node node"]:
        joined = torch.zeros(self.nodes, self.nodes, dtype=torch.bool)
        joined[self.edges[:, 0], self.edges[:, 1]] = True
        return joined | joined.T

    def means(self, values: Float[Tensor, "point value"]) -> Float[Tensor, "node value"]:
        """The mean of the points' values over each cluster."""
        sums = torch.zeros(self.nodes, values.shape[1], dtype=values.dtype)
        sums.index_add_(0, self.members[:, 0], values[self.members[:, 1]])
        return sums / self.sizes[:, None]


def principal_projection(points: Float[Tensor, "point axis"], *, components: int = 3) -> Float[Tensor, "point 3"]:
    """The first principal components of points, which have a mean of 0; the largest entry of each axis is positive."""
    centred = points - points.mean(dim=0)
    axes = torch.linalg.eigh(centred.T.double() @ centred.double()).eigenvectors.flip(1)[:, :components]
    largest = axes.gather(0, axes.abs().argmax(dim=0, keepdim=True))
    return centred @ (axes * largest.sign()).to(points.dtype)


def explained(points: Float[Tensor, "point axis"], *, components: int = 3) -> float:
    """The share of the variance of points that lies in their first principal components; 1 for equal points."""
    variances = torch.linalg.eigvalsh(torch.cov(points.T.double(), correction=0)).flip(0)
    total = float(variances.sum())
    return float(variances[:components].sum()) / total if total > 0 else 1.0


def mapper(
    points: Float[Tensor, "point axis"],
    projection: Float[Tensor, "point dimension"],
    *,
    clusterer: Any,
    bins: int,
    overlap: float,
    meaning: Overlap = "cube",
) -> Graph:
    """The Mapper graph of points.

    projection: where the cubes lie.
    clusterer: of scikit-learn's kind; its label -1 is noise. It clusters the points, not their projection.
    bins: cubes along each dimension of the projection.
    overlap: what two neighbouring cubes share along one dimension, from 0 to below 1.
    meaning: "cube" for a share of the cube's width, as in KeplerMapper 1.2 and later; "pitch" for a share of the
        distance from one cube to the next, as before.

    Raises MapperError for a cover that leaves no node, and for bins or an overlap that make no cover.
    """
    import kmapper  # imported here because it takes a second, which most users of this module need not wait for

    if bins < 1 or not 0 <= overlap < 1:
        raise MapperError(f"{bins} bins with an overlap of {overlap:g} are no cover: 1 bin or more, 0 up to below 1.")
    share = overlap if meaning == "cube" else overlap / (1 + overlap)
    cover = kmapper.Cover(n_cubes=bins, perc_overlap=share)
    found = kmapper.KeplerMapper(verbose=0).map(
        projection.numpy(), points.numpy(), cover=cover, clusterer=clusterer, remove_duplicate_nodes=False
    )
    nodes = [torch.tensor(members) for members in found["nodes"].values()]
    if not nodes:
        raise MapperError(
            f"The cover of {bins} bins a dimension with an overlap of {overlap:g} leaves no node: {clusterer} finds no "
            f"cluster of the {len(points)} points in any cube. A larger eps, fewer bins or more points help."
        )
    number = {name: k for k, name in enumerate(found["nodes"])}
    edges = sorted((number[a], number[b]) for a, others in found["links"].items() for b in others)
    filled = {name.partition("_")[0] for name in found["nodes"]}
    cubes = len(cover.transform(np.c_[np.arange(len(projection)), projection.numpy()]))
    return Graph(
        members=torch.cat([torch.stack([torch.full_like(each, k), each], 1) for k, each in enumerate(nodes)]),
        edges=torch.tensor(edges, dtype=torch.long).reshape(-1, 2),
        cubes=cubes,
        holes=cubes - len(filled),
    )


def components(graph: Graph) -> Int[Tensor, " node"]:
    """For each node the number of its connected component; 0 is the component with the most memberships."""
    label = torch.arange(graph.nodes)
    for _ in range(graph.nodes):
        a, b = label[graph.edges[:, 0]], label[graph.edges[:, 1]]
        lowest = label.clone()
        lowest.scatter_reduce_(0, graph.edges.flatten(), torch.minimum(a, b).repeat_interleave(2), "amin")
        if torch.equal(lowest, label):
            break
        label = lowest
    names, label = label.unique(return_inverse=True)
    size = torch.zeros(len(names), dtype=torch.long).index_add_(0, label, graph.sizes)
    rank = torch.empty_like(size)
    rank[size.argsort(descending=True, stable=True)] = torch.arange(len(names))
    return rank[label]


def largest_component(graph: Graph) -> Graph:
    """The part of a graph that holds most memberships; its clusters are numbered anew, cubes and holes stay."""
    inside = components(graph) == 0
    number = inside.cumsum(0) - 1
    members = graph.members[inside[graph.members[:, 0]]].clone()
    members[:, 0] = number[members[:, 0]]
    edges = number[graph.edges[inside[graph.edges[:, 0]]]]
    return Graph(members=members, edges=edges, cubes=graph.cubes, holes=graph.holes)


def cycle_rank(graph: Graph) -> int:
    """The number of independent loops: edges minus nodes plus components."""
    return len(graph.edges) - graph.nodes + len(components(graph).unique())


def large_loops(graph: Graph) -> int:
    """The number of independent loops that go round at least seven nodes.

    Where cubes meet, up to eight clusters share points: loops of three or four nodes that mean nothing. Here nodes
    that are all at most two edges apart are filled, which closes each loop of up to six nodes (the first Betti
    number of the Vietoris-Rips complex of the graph's distance at 2, over the field of two elements).
    """
    from ripser import ripser  # imported here because it loads much, which a graph without loops does not need
    from scipy.sparse import coo_matrix

    if cycle_rank(graph) == 0:
        return 0
    once = graph.adjacency().float()
    twice = (once @ once > 0) & (once == 0)
    apart = torch.triu(once + 2 * twice, diagonal=1)
    a, b = apart.nonzero().T
    distances = coo_matrix((apart[a, b].numpy(), (a.numpy(), b.numpy())), (graph.nodes, graph.nodes))
    loops = ripser(distances, distance_matrix=True, maxdim=1, thresh=2.5)["dgms"][1]
    return int(np.isinf(loops[:, 1]).sum())


def distances_between(
    graph: Graph, means: Float[Tensor, "node axis"]
) -> tuple[Float[Tensor, " joined"], Float[Tensor, " unjoined"]]:
    """Euclidean distances between the means of joined nodes, and between those of nodes that are not."""
    joined = graph.adjacency()
    pairs = torch.tensor(list(combinations(range(graph.nodes), 2)), dtype=torch.long).reshape(-1, 2)
    distance = (means[pairs[:, 0]] - means[pairs[:, 1]]).norm(dim=1)
    are = joined[pairs[:, 0], pairs[:, 1]]
    return distance[are], distance[~are]
