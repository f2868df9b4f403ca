"""What the sentences on graphs, crops and kernels are judged by, one value a set of kernels (section 4.2.3.2).

Functions that give two lists give the values of a claim and those of its floor.
"""

from __future__ import annotations

import math
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
from helpers.studies.googlenet_neurons.mapper_grid import BINS, FACTORS, GRID_FACTORS, GRID_KEPT, LEAST, OVERLAPS
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
_SETTINGS = {"overlap": "overlap", "bins": "bins", "least": "least samples", "eps": "radius, times the usual"}

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


def parts(each: KernelSet, kind: str = "") -> int:
    """The number of connected components of the graph."""
    return len(components(each.graph(kind)).unique())


def embedding_time(sets: Sequence[KernelSet]) -> str:
    """How long UMAP takes for kernels of the largest set, measured, and estimated for all by its growth."""
    timed = [each for each in sets if len(each.cloud.embedded) > 1]
    if not timed:
        return "How long UMAP takes is measured with more kernels than there are here."
    first = timed[0]
    sizes, seconds = first.cloud.embedded.tolist(), first.cloud.embedding_seconds.tolist()
    there = len(first.everything)
    growth = math.log(seconds[-1] / seconds[-2]) / math.log(sizes[-1] / sizes[-2])
    expected = seconds[-1] * (there / sizes[-1]) ** growth
    return (
        f"UMAP took one core {seconds[-1]:.0f} s for {sizes[-1]:,} of the {there:,} kernels of {first.title}, "
        f"and {seconds[-2]:.0f} s for {sizes[-2]:,}; growing on like this, about {expected / 60:.1f} min for all. "
        f"Density crop and projection of all of them took {float(first.cloud.reducing_seconds):.0f} s."
    )


def share_in_graph(each: KernelSet, kind: str = "") -> float:
    """The share of the cropped kernels that are in a node."""
    return len(each.graph(kind).members[:, 1].unique()) / len(each.graph_points(kind))


def nearness_of_joined(each: KernelSet, kind: str = "") -> float:
    """Mean distance between mean kernels of joined nodes over that of others; 1 where all are joined, or none."""
    graph = each.graph(kind)
    near, far = distances_between(graph, graph.means(each.graph_points(kind)))
    return float(near.mean() / far.mean()) if len(near) and len(far) else 1.0


def carved(each: KernelSet, kind: str = "") -> float:
    """What the crop to 30% adds to the share of the variance in three principal components."""
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


def tuning_alike(grids: Sequence[MapperGrid]) -> list[float]:
    """The share of the measures that change in one direction in graphs of trained and of shuffled kernels; per set."""
    return [
        sum(
            _direction(getattr(grid, name)) == _direction(getattr(grid, f"shuffled_{name}"))
            for name, _ in _TUNED.values()
        )
        / len(_TUNED)
        for grid in grids
    ]


def tuning_table(grids: Sequence[MapperGrid]) -> str:
    """The measures at the lowest and at the highest setting, means over sets, as Markdown."""
    rows = []
    for name, settings in _TUNED.values():
        of, by = name.split("_by_")
        ends = [
            torch.stack([getattr(grid, f"{kind}{name}") for grid in grids]).mean(dim=0)[[0, -1]].tolist()
            for kind in ("", "shuffled_")
        ]
        told = " | ".join(f"{low:.3g} to {high:.3g}" for low, high in ends)
        rows.append(f"| {of} | {_SETTINGS[by]}, {settings[0]:g} to {settings[-1]:g} | {told} |")
    head = ["| measure | setting | trained | shuffled |", "|---|---|---|---|"]
    return "\n".join([*head, *rows, "", f"The measures at the ends of each setting, means over {len(grids)} sets."])


def by_crop(grids: Sequence[MapperGrid]) -> str:
    """Shares of circles, and mean loops, over the bins and overlaps, by the crop and DBSCAN's radius, as Markdown."""
    kept = GRID_KEPT if len(grids[0].rank[0]) == len(GRID_KEPT) else GRID_KEPT[1:2]
    kinds = {"trained": "", "shuffled": "shuffled_"}
    means = {
        (measure, kind): torch.stack([getattr(grid, f"{before}{measure}").float() for grid in grids]).mean(
            dim=(0, 3, 4)
        )
        for measure in ("circle", "loops", "rank")
        for kind, before in kinds.items()
    }
    rows = []
    for k, share in enumerate(kept):
        for f, factor in enumerate(GRID_FACTORS):
            told = [f"{means['circle', kind][f, k]:.0%}" for kind in kinds]
            told += [f"{means[measure, kind][f, k]:.1f}" for measure in ("loops", "rank") for kind in kinds]
            rows.append(f"| {share:.0%} | {factor:g} | {' | '.join(told)} |")
    columns = [f"{name}, {kind}" for name in ("circles", "loops", "cycle rank") for kind in kinds]
    return "\n".join([f"| crop | radius | {' | '.join(columns)} |", f"|{'---|' * 8}", *rows])


def _direction(values: Float[Tensor, " setting"]) -> int:
    """The sign of the rank correlation (Kendall) with the settings, which ascend."""
    above, below = torch.triu_indices(len(values), len(values), offset=1)
    return int((values[below] - values[above]).sign().sum().sign())


def of_clusterers(grids: Sequence[MapperGrid]) -> tuple[list[float], list[bool]]:
    """DBSCAN's difference between halves minus the lowest of the others', and whether all read alike; per set."""
    apart = [float(grid.halves[0] - grid.halves[1:].min()) for grid in grids]
    return apart, [len(grid.clusterer_circle.unique()) == 1 for grid in grids]
