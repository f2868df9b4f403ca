"""What the sentences on graphs, crops and kernels are judged by, one value a set of kernels (section 4.2.3.2).

Functions that give two lists give the values of a claim and those of its floor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.metrics.neighbours import knn_votes
from helpers.randomness import generator
from helpers.studies.googlenet_neurons.kernel_clouds import gaussian
from helpers.studies.googlenet_neurons.kernel_graphs import reads_as_circle
from helpers.studies.googlenet_neurons.kernel_rings import CROPS, KEPT, draw
from helpers.studies.googlenet_neurons.kernel_sets import KernelSet
from helpers.studies.googlenet_neurons.mapper_grid import BINS, FACTORS, LEAST, OVERLAPS
from helpers.studies.googlenet_neurons.stages.mapper_grid import MapperGrid
from helpers.studies.googlenet_neurons.topology.angles import correlation_by_turn, shares
from helpers.studies.googlenet_neurons.topology.mapper import components, distances_between

SECTORS, FINE_SECTORS = 8, 16
_COVERED = 1_000  # kernels of a set, and random directions
_OF_LAYER = 500  # kernels of each layer whose origin is guessed
_NEAREST = 10
_TUNED = {  # claim -> the measure, and the settings
    "sec-4-2-3-2.tuning-edges": ("edges_by_overlap", OVERLAPS),
    "sec-4-2-3-2.tuning-nodes": ("nodes_by_bins", BINS),
    "sec-4-2-3-2.tuning-patterns": ("spread_by_overlap", OVERLAPS),
    "sec-4-2-3-2.tuning-holes": ("holes_by_least", LEAST),
    "sec-4-2-3-2.tuning-eps": ("edges_by_eps", FACTORS),
}

Pair = tuple[list[float], list[float]]


def both(sets: Sequence[KernelSet], measure: Callable[[KernelSet, str], float]) -> Pair:
    """A measure of every set, and of its shuffled kernels."""
    return [measure(each, "") for each in sets], [measure(each, "shuffled") for each in sets]


def circle(each: KernelSet, kind: str = "") -> float:
    """1 if the graph reads as a circle, else 0."""
    return float(reads_as_circle(each.graph(kind)))


def in_two_parts(each: KernelSet) -> bool:
    """Whether a graph falls into two parts, each with a third of the memberships or more."""
    graph = each.graph()
    if not graph.nodes:
        return False
    sizes = torch.bincount(components(graph)[graph.members[:, 0]])
    return len(sizes) > 1 and 3 * int(sizes[1]) >= len(graph.members)


def share_in_graph(each: KernelSet, kind: str = "") -> float:
    """The share of the cropped kernels that are in a node."""
    return len(each.graph(kind).members[:, 1].unique()) / len(each.graph_points(kind))


def nearness_of_joined(each: KernelSet, kind: str = "") -> float:
    """Mean distance between mean kernels of joined nodes over that of others; 1 where all are joined, or none."""
    graph = each.graph(kind)
    near, far = distances_between(graph, graph.means(each.graph_points(kind)))
    return float(near.mean() / far.mean()) if len(near) and len(far) else 1.0


def carved(each: KernelSet, kind: str = "") -> float:
    """What the crop to 30 % adds to the share of the variance in three principal components."""
    variance = each.cloud.shuffled_variance if kind else each.cloud.variance
    return float(variance[CROPS.index(KEPT)] - variance[CROPS.index(1.0)])


def emptiest_sector(angles: Float[Tensor, " kernel"]) -> float:
    """The share of directions that point into the emptiest of eight sectors, over an eighth."""
    return SECTORS * float(shares(angles, sectors=SECTORS).min())


def along_the_grid(angles: Float[Tensor, " kernel"]) -> float:
    """The share of directions that are nearer to those of rows and columns than to the diagonals."""
    return float(shares(angles, sectors=SECTORS)[::2].sum())


def of_edges(sets: Sequence[KernelSet], measure: Callable[[Tensor], float]) -> Pair:
    """A measure of the directions of the cropped kernels' edges, and of shuffled kernels; sets of 3×3."""
    small = [each.cloud for each in sets if each.is_3x3]
    return [measure(cloud.edge) for cloud in small], [measure(cloud.shuffled_edge) for cloud in small]


def like_directions(angles: Float[Tensor, " kernel"], others: Float[Tensor, " patch"]) -> tuple[float, float]:
    """Correlation of two sets of directions over sixteen sectors, and its mean over all turns of the others.

    It is 0 where one of them is spread evenly.
    """
    found = correlation_by_turn(shares(angles, sectors=FINE_SECTORS), shares(others, sectors=FINE_SECTORS))
    found = found.nan_to_num(0.0)
    return float(found[0]), float(found.mean())


def coverage(each: KernelSet, seed: int) -> float:
    """Random directions with a kernel nearby, over those with one of as many Gaussian kernels, of which half have."""
    values, name = each.everything.shape[1], each.branch.layer
    count = min(_COVERED, len(each.everything))
    kernels = each.everything[draw(len(each.everything), count, seed=seed, name=f"coverage of {name}")]
    asked = gaussian(_COVERED, values, seed=seed, name=f"directions for {name}")
    even = gaussian(count, values, seed=seed, name=f"coverage of {name}")
    radius = torch.cdist(asked, even).min(dim=1).values.median()
    return float((torch.cdist(asked, kernels).min(dim=1).values <= radius).float().mean()) / 0.5


def told_by_kernels(sets: Sequence[KernelSet], seed: int) -> Pair:
    """For each set the share of its kernels that their neighbours assign to it, among sets of one size.

    The floor: with the names of the sets permuted. Sizes with a single set are left out.
    """
    right: dict[str, float] = {}
    permuted: dict[str, float] = {}
    for size in {each.branch.size for each in sets}:
        alike = [each for each in sets if each.branch.size == size]
        if len(alike) < 2:
            continue
        count = min(_OF_LAYER, *(len(each.everything) for each in alike))
        drawn = [
            each.everything[draw(len(each.everything), count, seed=seed, name=f"origin of {each.branch.layer}")]
            for each in alike
        ]
        label = torch.arange(len(alike)).repeat_interleave(count)
        mixed = label[torch.randperm(len(label), generator=generator(seed, f"origins of {size}"))]
        for found, names in ((right, label), (permuted, mixed)):
            votes = knn_votes(torch.cat(drawn).numpy(), names.numpy(), k=min(_NEAREST, count - 1))
            hits = torch.from_numpy(votes) == names
            found |= {each.branch.layer: float(hits[names == k].float().mean()) for k, each in enumerate(alike)}
    layers = [each.branch.layer for each in sets if each.branch.layer in right]
    return [right[layer] for layer in layers], [permuted[layer] for layer in layers]


def tuned(grids: Sequence[MapperGrid]) -> dict[str, Mapping[str, list[float]]]:
    """For each rule for tuning: the values of all sets by the setting."""
    found: dict[str, Mapping[str, list[float]]] = {}
    for claim_id, (name, settings) in _TUNED.items():
        table = torch.stack([getattr(grid, name) for grid in grids])
        found[claim_id] = {f"{setting:g}": table[:, k].tolist() for k, setting in enumerate(settings)}
    return found


def of_clusterers(grids: Sequence[MapperGrid]) -> tuple[list[float], list[bool]]:
    """DBSCAN's difference between halves minus the lowest of the others', and whether all read alike; per set."""
    apart = [float(grid.halves[0] - grid.halves[1:].min()) for grid in grids]
    return apart, [len(grid.clusterer_circle.unique()) == 1 for grid in grids]
