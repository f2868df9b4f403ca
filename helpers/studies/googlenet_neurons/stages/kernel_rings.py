"""Stage: the longest loops of every layer's kernels, beside those of clouds that have loops by chance alone.

Artefacts by key, each a :class:`Loops`: one for each branch with kernels of 3×3 or more, by the name of its layer;
``gaussian-...`` for each number of values, kernels and neighbours that occurs; and ``photographs``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn
from tqdm import tqdm

from helpers.models.initialisation import matched_gaussian
from helpers.studies.googlenet_neurons import kernel_clouds
from helpers.studies.googlenet_neurons.kernel_clouds import neighbours_for
from helpers.studies.googlenet_neurons.kernel_directions import edge_angle, turns_with
from helpers.studies.googlenet_neurons.kernel_rings import CROPS, draw, sample_size, spread_cores, two_longest
from helpers.studies.googlenet_neurons.natural_patches import natural_patches
from helpers.studies.googlenet_neurons.subject import Branch, Subject, subject
from helpers.studies.googlenet_neurons.topology.homology import longest_loop

HAS_NETWORKS = False
PHOTOGRAPHS = "photographs"
_DRAWS = 5  # networks with random weights


@dataclass
class Loops:
    """The two longest bars, in units of the kernels' norm, and what else is measured of the same clouds.

    own: of samples of the kernels. null: of null clouds, shuffled for a layer. random: of the layer in networks with
    random weights.
    own_by_crop, null_by_crop: of the same samples, and of the first null clouds, for each of ``CROPS``.
    turning: how far the circular coordinate turns with the kernels' directions; shuffled_turning: of shuffled ones.
    edge: directions of edges of cropped patches, for the photographs.
    Fields that make no sense for an artefact are empty.
    """

    own: Float[Tensor, "sample 2"]
    null: Float[Tensor, "null 2"]
    random: Float[Tensor, "draw 2"]
    own_by_crop: Float[Tensor, "crop sample 2"]
    null_by_crop: Float[Tensor, "crop few 2"]
    turning: Float[Tensor, " turned"]
    shuffled_turning: Float[Tensor, " turned"]
    edge: Float[Tensor, " patch"]


_EMPTY = {name: torch.zeros(0, 2) for name in ("own", "null", "random")}
_EMPTY |= {name: torch.zeros(len(CROPS), 0, 2) for name in ("own_by_crop", "null_by_crop")}
_EMPTY |= {name: torch.zeros(0) for name in ("turning", "shuffled_turning", "edge")}


@dataclass(frozen=True, kw_only=True)
class _Sizes:
    """How much is computed.

    kernels: drawn of a set at most. landmarks: of a cropped cloud at most. few: null clouds that go through all crops.
    """

    kernels: int
    landmarks: int
    samples: int
    nulls: int
    few: int


_SIZES = {
    "smoke": _Sizes(kernels=120, landmarks=20, samples=1, nulls=4, few=2),
    "laptop": _Sizes(kernels=1_000, landmarks=80, samples=5, nulls=200, few=40),
    "paper": _Sizes(kernels=3_000, landmarks=300, samples=20, nulls=1_000, few=200),
}


@dataclass(frozen=True, kw_only=True)
class _Recipe:
    """kept: the share of the kernels that the crop keeps. neighbours: of the crop."""

    history: ClassVar[type] = Loops
    sizes: _Sizes
    kept: float
    kernels: int
    neighbours: int

    def build(self, *, seeds: Sequence[int], device: torch.device) -> nn.Module:
        """Nothing: no weights belong to the result."""
        return nn.Module()

    def _left(self, points: Float[Tensor, "kernel value"], *, all_crops: bool = False) -> dict[float, Tensor]:
        """Landmarks (landmark, value) of the cropped cloud, by the share kept: ``kept``, or all of ``CROPS`` too."""
        shares = {self.kept, *CROPS} if all_crops else {self.kept}
        return spread_cores(points, neighbours=self.neighbours, shares=shares, most=self.sizes.landmarks)

    def _nulls(self, cloud: Callable[[int], Tensor], name: str) -> dict[str, Tensor]:
        """The fields of null clouds, of which the function gives each (kernel, value) by its number."""
        found = []
        for k in tqdm(range(self.sizes.nulls), desc=name, disable=None):
            left = self._left(cloud(k), all_crops=k < self.sizes.few)
            found.append({kept: two_longest(points) for kept, points in left.items()})
        null = torch.stack([each[self.kept] for each in found])
        return {"null": null, "null_by_crop": _by_crop(found[: self.sizes.few])}


def _by_crop(found: Sequence[Mapping[float, Tensor]]) -> Float[Tensor, "crop cloud 2"]:
    return torch.stack([torch.stack([each[kept] for each in found]) for kept in CROPS])


@dataclass(frozen=True, kw_only=True)
class GaussianLoops(_Recipe):
    """Null clouds of Gaussian numbers: so many values, kernels, and neighbours of the crop."""

    values: int

    @property
    def key(self) -> str:
        return gaussian_key(self.values, self.kernels, self.neighbours)

    def describe(self) -> dict[str, Any]:
        return {"kind": type(self).__name__, **asdict(self)}

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[nn.Module, Loops]:
        """One cloud after the other."""

        def cloud(number: int) -> Tensor:
            return kernel_clouds.gaussian(self.kernels, self.values, seed=seeds[0], name=f"{self.key} {number}")

        return nn.Module(), Loops(**_EMPTY | self._nulls(cloud, self.key))


@dataclass(frozen=True, kw_only=True)
class LoopsOfLayer(_Recipe):
    """The loops of one branch: of its kernels, of shuffled ones, and of random networks."""

    model: str
    weights: str
    branch: Branch
    seen: Subject = field(repr=False, compare=False)

    @property
    def key(self) -> str:
        return self.branch.layer

    @property
    def gaussian(self) -> GaussianLoops:
        """The null clouds of as many Gaussian kernels."""
        values = self.branch.size[0] * self.branch.size[1]
        alike = {name: getattr(self, name) for name in ("sizes", "kept", "kernels", "neighbours")}
        return GaussianLoops(values=values, **alike)

    def describe(self) -> dict[str, Any]:
        plain = {name: getattr(self, name) for name in ("model", "weights", "kept", "kernels", "neighbours")}
        return {"kind": type(self).__name__, **plain, **asdict(self.sizes), "size": list(self.branch.size)}

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[nn.Module, Loops]:
        """Samples first, then the null clouds."""
        weights, size, seed = self.seen.weights(self.branch), self.branch.size, seeds[0]
        points = kernel_clouds.normalised(weights).points
        own: list[dict[float, Tensor]] = []
        turning: dict[bool, list[float]] = {False: [], True: []}
        for k in range(self.sizes.samples):
            for shuffled, turns in turning.items():
                left = self._left(self._drawn(points, k, seed=seed, shuffled=shuffled), all_crops=not shuffled)
                turns.append(turns_with(longest_loop(left[self.kept]).angle, left[self.kept], size))
                if not shuffled:
                    own.append({kept: two_longest(cloud) for kept, cloud in left.items()})
        random = [
            two_longest(self._left(self._drawn(self._random(weights, k), k, seed=seed))[self.kept])
            for k in range(min(_DRAWS, self.sizes.samples))
        ]

        def null(number: int) -> Tensor:
            return self._drawn(points, 1_000 + number, seed=seed, shuffled=True)

        return nn.Module(), Loops(
            own=torch.stack([each[self.kept] for each in own]),
            own_by_crop=_by_crop(own),
            random=torch.stack(random),
            turning=torch.tensor(turning[False]),
            shuffled_turning=torch.tensor(turning[True]),
            edge=torch.zeros(0),
            **self._nulls(null, f"loops of {self.key}"),
        )

    def _random(self, weights: Float[Tensor, "unit channel row column"], draw: int) -> Float[Tensor, "kernel value"]:
        """The kernels of the branch in a network with random weights."""
        drawn = matched_gaussian(weights, layer=self.branch.convolution, seed=draw)
        return kernel_clouds.normalised(drawn).points

    def _drawn(
        self, points: Float[Tensor, "kernel value"], number: int, *, seed: int, shuffled: bool = False
    ) -> Float[Tensor, "drawn value"]:
        """The sample of this number."""
        drawn = points[draw(len(points), min(self.kernels, len(points)), seed=seed, name=f"{self.key} {number}")]
        return kernel_clouds.shuffled(drawn, seed=seed, name=f"{self.key} {number}") if shuffled else drawn


@dataclass(frozen=True, kw_only=True)
class LoopsOfPhotographs(_Recipe):
    """The loops of 3×3 patches of the photographs that come with scikit-image and scikit-learn."""

    @property
    def key(self) -> str:
        return PHOTOGRAPHS

    def describe(self) -> dict[str, Any]:
        return {"kind": type(self).__name__, **asdict(self)}

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[nn.Module, Loops]:
        """Every sample has patches of its own."""
        own, edge = [], []
        for k in tqdm(range(self.sizes.samples), desc="loops of photographs", disable=None):
            patches = natural_patches(self.kernels, side=3, seed=seeds[0], name=f"sample {k}")
            left = self._left(patches, all_crops=True)
            own.append({kept: two_longest(points) for kept, points in left.items()})
            kept = kernel_clouds.core(patches, neighbours=self.neighbours, kept=self.kept)
            edge.append(edge_angle(patches[kept], (3, 3)))
        found = {"own": torch.stack([each[self.kept] for each in own]), "own_by_crop": _by_crop(own)}
        return nn.Module(), Loops(**_EMPTY | found | {"edge": torch.cat(edge)})


def gaussian_key(values: int, kernels: int, neighbours: int) -> str:
    """The key of the null clouds of so many values, kernels and neighbours."""
    return f"gaussian-{values}-{kernels}-{neighbours}"


def gaussian_of(recipe: LoopsOfLayer) -> str:
    """The key of a layer's Gaussian null clouds."""
    return recipe.gaussian.key


def recipes(values: Mapping[str, Any]) -> dict[str, Any]:
    """The recipes for a page's ``model``, ``layer``, ``neighbours``, ``kept`` and ``scale``."""
    seen, sizes, kept = subject(values), _SIZES[values["scale"]], float(values["kept"])
    found: dict[str, Any] = {}
    for branch in seen.kernel_sets():
        there = branch.units * seen.weights(branch).shape[1]
        asked = neighbours_for(there, values["neighbours"], of=branch.layer)
        kernels, neighbours = sample_size(there, most=sizes.kernels, neighbours=asked)
        own = LoopsOfLayer(
            sizes=sizes,
            kept=kept,
            model=str(values["model"]),
            weights=str(seen.loaded.weights.sha256),
            branch=branch,
            kernels=kernels,
            neighbours=neighbours,
            seen=seen,
        )
        found |= {own.key: own, own.gaussian.key: own.gaussian}
    kernels, neighbours = photograph_sample(values["scale"])
    null = GaussianLoops(sizes=sizes, kept=kept, values=9, kernels=kernels, neighbours=neighbours)
    patches = LoopsOfPhotographs(sizes=sizes, kept=kept, kernels=kernels, neighbours=neighbours)
    return found | {null.key: null, patches.key: patches}


def photograph_sample(scale: str) -> tuple[int, int]:
    """How many patches are drawn, and the neighbours of their crop: as of a large layer."""
    return sample_size(100_000, most=_SIZES[scale].kernels)
