"""Stage: Mapper graphs of every layer's kernels over a grid of settings, and by other ways of clustering.

One artefact, a :class:`MapperGrid`, for each branch with kernels of 3×3 or more, by the name of its layer; at the scale
smoke for the first branch with kernels of each size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from tqdm import tqdm

from helpers.models.pretrained.studied import is_inception_v1
from helpers.studies.googlenet_neurons import kernel_clouds
from helpers.studies.googlenet_neurons.kernel_clouds import neighbours_for
from helpers.studies.googlenet_neurons.kernel_graphs import radius_for
from helpers.studies.googlenet_neurons.kernel_rings import KEPT, draw
from helpers.studies.googlenet_neurons.mapper_grid import GRID_KEPT, clusterers, on_grid, tuning
from helpers.studies.googlenet_neurons.subject import Branch, Subject, subject
from helpers.studies.googlenet_neurons.topology.density import densest, neighbour_distance

HAS_NETWORKS = False


@dataclass
class MapperGrid:
    """What settings do to the graphs of one set of kernels.

    Fields that begin with ``shuffled`` are of kernels with shuffled values.
    circle, rank, loops: over the grid, see :func:`mapper_grid.on_grid`.
    The next five: what the study's rules for tuning name, see :func:`mapper_grid.tuning`.
    clusterer_circle, halves: by DBSCAN, single linkage and HDBSCAN, see :func:`mapper_grid.clusterers`.
    """

    circle: Int[Tensor, "factor kept bins overlap"]
    rank: Int[Tensor, "factor kept bins overlap"]
    loops: Int[Tensor, "factor kept bins overlap"]
    edges_by_overlap: Float[Tensor, " tried_overlap"]
    spread_by_overlap: Float[Tensor, " tried_overlap"]
    nodes_by_bins: Float[Tensor, " tried_bins"]
    holes_by_least: Float[Tensor, " least"]
    edges_by_eps: Float[Tensor, " eps"]
    shuffled_circle: Int[Tensor, "factor kept bins overlap"]
    shuffled_rank: Int[Tensor, "factor kept bins overlap"]
    shuffled_loops: Int[Tensor, "factor kept bins overlap"]
    shuffled_edges_by_overlap: Float[Tensor, " tried_overlap"]
    shuffled_spread_by_overlap: Float[Tensor, " tried_overlap"]
    shuffled_nodes_by_bins: Float[Tensor, " tried_bins"]
    shuffled_holes_by_least: Float[Tensor, " least"]
    shuffled_edges_by_eps: Float[Tensor, " eps"]
    clusterer_circle: Bool[Tensor, " clusterer"]
    halves: Float[Tensor, " clusterer"]


@dataclass(frozen=True, kw_only=True)
class GridOfLayer:
    """The grid of one branch.

    eps: DBSCAN's radius as a part of the norm, 0 as :func:`radius_for` says.
    first: the first so many kernels are looked at; None for all.
    most: cropped kernels that are drawn for a graph. kept: the shares of the crop.
    """

    history: ClassVar[type] = MapperGrid
    model: str
    weights: str
    neighbours: int
    eps: float
    first: int | None
    most: int
    kept: tuple[float, ...]
    branch: Branch
    seen: Subject = field(repr=False, compare=False)

    @property
    def key(self) -> str:
        return self.branch.layer

    def describe(self) -> dict[str, Any]:
        plain = {name: getattr(self, name) for name in ("model", "weights", "neighbours", "eps", "first", "most")}
        branch = asdict(self.branch) | {"size": list(self.branch.size)}
        return {"kind": type(self).__name__, **plain, "kept": list(self.kept), "branch": branch}

    def build(self, *, seeds: Sequence[int], device: torch.device) -> nn.Module:
        """Nothing: no weights belong to the result."""
        return nn.Module()

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[nn.Module, MapperGrid]:
        """Trained kernels, then shuffled ones, then other ways of clustering."""
        name, seed = self.branch.layer, seeds[0]
        points = kernel_clouds.normalised(self.seen.weights(self.branch)).points[: self.first]
        found: dict[str, Tensor] = {}
        with tqdm(total=3, desc=f"grid of {name}", disable=None) as bar:
            cores = self._cores(points, seed)
            middle = self._middle(cores)
            eps = radius_for(middle, self.eps, studys=is_inception_v1(self.seen.loaded))
            found |= on_grid(cores, eps) | tuning(middle, eps)
            bar.update()
            mixed = self._cores(kernel_clouds.shuffled(points, seed=seed, name=name), seed)
            theirs = on_grid(mixed, eps) | tuning(self._middle(mixed), eps)
            found |= {f"shuffled_{measure}": values for measure, values in theirs.items()}
            bar.update()
            by_clusterer, halves = clusterers(middle, eps, seed=seed, name=name)
            bar.update()
        return nn.Module(), MapperGrid(**found, clusterer_circle=by_clusterer, halves=halves)

    @staticmethod
    def _middle(cores: dict[float, Tensor]) -> Float[Tensor, "kernel value"]:
        """What is left by the crop whose share is nearest to the usual one."""
        return cores[min(cores, key=lambda kept: abs(kept - KEPT))]

    def _cores(self, points: Float[Tensor, "kernel value"], seed: int) -> dict[float, Tensor]:
        """What each crop leaves (kernel, value), thinned to at most ``most`` kernels at random."""
        neighbours = neighbours_for(len(points), self.neighbours, of=self.key)
        distance = neighbour_distance(points, neighbours=neighbours)
        found = {}
        for kept in self.kept:
            left = densest(distance, kept=kept)
            found[kept] = points[left[draw(len(left), self.most, seed=seed, name=f"{self.key} thinned {kept}")]]
        return found


def recipes(values: Mapping[str, Any]) -> dict[str, GridOfLayer]:
    """One recipe for each branch, for a page's ``model``, ``layer``, ``neighbours`` and ``scale``."""
    seen, scale = subject(values), values["scale"]
    found = [
        GridOfLayer(
            model=str(values["model"]),
            weights=str(seen.loaded.weights.sha256),
            neighbours=values["neighbours"],
            eps=values["eps"],
            first=400 if scale == "smoke" else None,
            most={"smoke": 60, "laptop": 1_000, "paper": 10_000}[scale],
            kept=GRID_KEPT[1:2] if scale == "smoke" else GRID_KEPT,
            branch=branch,
            seen=seen,
        )
        for branch in (_first_of_each_size(seen) if scale == "smoke" else seen.kernel_sets())
    ]
    return {recipe.key: recipe for recipe in found}


def _first_of_each_size(seen: Subject) -> list[Branch]:
    return list({branch.size: branch for branch in reversed(seen.kernel_sets())}.values())[::-1]
