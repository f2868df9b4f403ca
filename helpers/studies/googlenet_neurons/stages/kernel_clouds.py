"""Stage: the dense core of every layer's kernels, its Mapper graph, and the same of shuffled kernels.

One artefact, a :class:`KernelCloud`, for each branch with kernels of 3×3 or more, by the name of its layer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from time import process_time
from typing import Any, ClassVar

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from tqdm import tqdm

from helpers.models.pretrained.studied import is_inception_v1
from helpers.studies.googlenet_neurons import kernel_clouds
from helpers.studies.googlenet_neurons.cluster_readings import embed
from helpers.studies.googlenet_neurons.kernel_clouds import Cloud, neighbours_for
from helpers.studies.googlenet_neurons.kernel_directions import edge_angle
from helpers.studies.googlenet_neurons.kernel_graphs import dbscan, graph_of, radius_for
from helpers.studies.googlenet_neurons.kernel_rings import CROPS, draw, loop_of
from helpers.studies.googlenet_neurons.subject import Branch, Subject, subject
from helpers.studies.googlenet_neurons.topology.density import densest, neighbour_distance
from helpers.studies.googlenet_neurons.topology.mapper import Graph, explained, principal_projection

HAS_NETWORKS = False
_EMBEDDED = {  # kernels
    "smoke": (),
    "laptop": (2_500, 5_000, 10_000),
    "paper": (10_000, 20_000, 30_000),
}
_EMBEDDED_NEIGHBOURS = 30  # as the study embeds units (appendix 7.1)


@dataclass
class KernelCloud:
    """The kernels of one size in one layer; fields that begin with ``shuffled`` are of kernels with shuffled values.

    constant: how many kernels have equal values and are left out. eps: DBSCAN's radius.
    core: the numbers of the kernels that the crop keeps, among all of the layer.
    angle: their circular coordinate along the longest loop, in radians. edge: the direction of their edge.
    members, edges, cubes: the Mapper graph of the core (cubes and holes); pitch: with the other meaning of overlap.
    variance: share of the variance in three principal components, for each of ``CROPS``.
    embedded, embedding_seconds: how many kernels UMAP was given, and how long it took one core; of the largest set.
    reducing_seconds: how long the crop and the projection of all kernels took.
    """

    constant: Int[Tensor, " 1"]
    eps: Float[Tensor, " 1"]
    core: Int[Tensor, " kernel"]
    angle: Float[Tensor, " kernel"]
    edge: Float[Tensor, " kernel"]
    members: Int[Tensor, "membership 2"]
    edges: Int[Tensor, "edge 2"]
    cubes: Int[Tensor, " 2"]
    pitch_members: Int[Tensor, "pitch_membership 2"]
    pitch_edges: Int[Tensor, "pitch_edge 2"]
    variance: Float[Tensor, " crop"]
    embedded: Int[Tensor, " size"]
    embedding_seconds: Float[Tensor, " size"]
    reducing_seconds: Float[Tensor, " 1"]
    shuffled_core: Int[Tensor, " kernel"]
    shuffled_edge: Float[Tensor, " kernel"]
    shuffled_members: Int[Tensor, "shuffled_membership 2"]
    shuffled_edges: Int[Tensor, "shuffled_edge 2"]
    shuffled_cubes: Int[Tensor, " 2"]
    shuffled_variance: Float[Tensor, " crop"]

    def graph(self, kind: str = "") -> Graph:
        """The graph of the trained kernels, or of another kind: "pitch" or "shuffled"."""
        before = f"{kind}_" if kind else ""
        cubes, holes = (self.shuffled_cubes if kind == "shuffled" else self.cubes).tolist()
        members, edges = getattr(self, f"{before}members"), getattr(self, f"{before}edges")
        return Graph(members=members, edges=edges, cubes=cubes, holes=holes)


@dataclass(frozen=True, kw_only=True)
class CloudOfLayer:
    """The cloud of one branch.

    neighbours, kept: of the density crop; 0 neighbours for the study's. bins, overlap: of Mapper's cover.
    eps: DBSCAN's radius as a part of the norm, 0 as :func:`radius_for` says.
    landmarks: points of which the longest loop is found. most: kernels at most, drawn at random; 0 for all.
    embedded: how many kernels UMAP is given, to see how long it takes.
    """

    history: ClassVar[type] = KernelCloud
    model: str
    weights: str
    neighbours: int
    kept: float
    bins: int
    overlap: float
    eps: float
    landmarks: int
    most: int
    embedded: tuple[int, ...]
    branch: Branch
    seen: Subject = field(repr=False, compare=False)

    @property
    def key(self) -> str:
        return self.branch.layer

    def describe(self) -> dict[str, Any]:
        plain = ("model", "weights", "neighbours", "kept", "bins", "overlap", "eps", "landmarks", "most", "embedded")
        own = {name: getattr(self, name) for name in plain}
        return {"kind": type(self).__name__, **own, "branch": asdict(self.branch) | {"size": list(self.branch.size)}}

    def build(self, *, seeds: Sequence[int], device: torch.device) -> nn.Module:
        """Nothing: no weights belong to the result."""
        return nn.Module()

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[nn.Module, KernelCloud]:
        """The crop, the loop and the graphs; raises BadInput for a layer with too few kernels for the neighbours."""
        whole = kernel_clouds.normalised(self.seen.weights(self.branch))
        mixed = kernel_clouds.shuffled(whole.points, seed=seeds[0], name=self.key)
        drawn = self._drawn(len(whole.points), seeds[0])
        cloud = Cloud(whole.points[drawn], whole.number[drawn], whole.constant)
        other = mixed[drawn]
        neighbours = neighbours_for(len(cloud.points), self.neighbours, of=self.key)
        with tqdm(total=2, desc=f"kernels of {self.branch.layer}", disable=None) as bar:
            started = process_time()
            distance = [neighbour_distance(cloud.points, neighbours=neighbours)]
            left = cloud.points[densest(distance[0], kept=self.kept)]
            principal_projection(left)
            reducing = process_time() - started
            distance.append(neighbour_distance(other, neighbours=neighbours))
            eps = radius_for(left, self.eps, studys=is_inception_v1(self.seen.loaded))
            ours, theirs = (
                self._measured(*pair, eps, bar) for pair in zip((cloud.points, other), distance, strict=True)
            )
        found = ours["core"]
        angle = loop_of(left, most=self.landmarks).angle
        pitch = graph_of(left, bins=self.bins, overlap=self.overlap, meaning="pitch", clusterer=dbscan(eps))
        return nn.Module(), KernelCloud(
            eps=torch.tensor([eps]),
            constant=torch.tensor([cloud.constant]),
            angle=angle,
            embedded=torch.tensor(self.embedded, dtype=torch.long),
            embedding_seconds=self._embedding_seconds(cloud.points, seeds[0]),
            reducing_seconds=torch.tensor([reducing]),
            pitch_members=pitch.members,
            pitch_edges=pitch.edges,
            **(ours | {"core": cloud.number[found]}),
            **{f"shuffled_{name}": of for name, of in (theirs | {"core": cloud.number[theirs["core"]]}).items()},
        )

    def _drawn(self, kernels: int, seed: int) -> Int[Tensor, " drawn"]:
        if not 0 < self.most < kernels:
            return torch.arange(kernels)
        return draw(kernels, self.most, seed=seed, name=self.key).sort().values

    def _embedding_seconds(self, points: Float[Tensor, "kernel value"], seed: int) -> Float[Tensor, " size"]:
        """Of one core, after a first embedding that compiles."""
        seconds = []
        for count in (self.embedded[:1] + self.embedded) if self.embedded else ():
            some = points[draw(len(points), count, seed=seed, name=f"embedding of {self.key} {count}")]
            started = process_time()
            embed(some, neighbours=_EMBEDDED_NEIGHBOURS, seed=seed)
            seconds.append(process_time() - started)
        return torch.tensor(seconds[1:])

    def _measured(
        self, points: Float[Tensor, "kernel value"], distance: Float[Tensor, " kernel"], eps: float, bar: tqdm[Any]
    ) -> dict[str, Tensor]:
        """What is measured of trained and of shuffled kernels alike; distance: to their neighbours."""
        left = densest(distance, kept=self.kept)
        graph = graph_of(points[left], bins=self.bins, overlap=self.overlap, clusterer=dbscan(eps))
        bar.update()
        return {
            "core": left,
            "edge": edge_angle(points[left], self.branch.size),
            "members": graph.members,
            "edges": graph.edges,
            "cubes": torch.tensor([graph.cubes, graph.holes]),
            "variance": torch.tensor([explained(points[densest(distance, kept=kept)]) for kept in CROPS]),
        }


def recipes(values: Mapping[str, Any]) -> dict[str, CloudOfLayer]:
    """One recipe for each branch, for a page's ``model``, ``layer``, ``scale`` and Mapper's settings."""
    seen = subject(values)
    settings = {name: values[name] for name in ("neighbours", "kept", "bins", "overlap", "eps")}
    many = {"smoke": 40, "laptop": 200, "paper": 500}[values["scale"]]
    sets = seen.kernel_sets()
    kernels = [branch.units * seen.weights(branch).shape[1] for branch in sets]
    found = [
        CloudOfLayer(
            model=str(values["model"]),
            weights=str(seen.loaded.weights.sha256),
            landmarks=many,
            most=600 if values["scale"] == "smoke" else 0,
            embedded=tuple(size for size in _EMBEDDED[values["scale"]] if 2 * size < there == max(kernels)),
            branch=branch,
            seen=seen,
            **settings,
        )
        for branch, there in zip(sets, kernels, strict=True)
    ]
    return {recipe.key: recipe for recipe in found}
