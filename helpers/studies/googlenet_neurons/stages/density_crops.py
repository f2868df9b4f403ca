"""Stage: what the density crop leaves of every layer's kernels, over its neighbours, its readings and its share.

One artefact, a :class:`DensityCrops`, for each branch with kernels of 3×3 or more, by the name of its layer; at the
scale smoke for the first branch alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from tqdm import tqdm

from helpers.models.pretrained.studied import is_inception_v1
from helpers.studies.googlenet_neurons import kernel_clouds
from helpers.studies.googlenet_neurons.crop_sweep import in_a_sample, kept_alike, sweep
from helpers.studies.googlenet_neurons.kernel_graphs import radius_for
from helpers.studies.googlenet_neurons.kernel_rings import draw
from helpers.studies.googlenet_neurons.subject import Branch, Subject, subject

HAS_NETWORKS = False


@dataclass
class DensityCrops:
    """What :func:`crop_sweep.sweep` measures of a sample of trained kernels, and of null clouds of as many.

    sizes: the kernels of the set, and those drawn. neighbours: of the sample, for each of ``NUMBERS``.
    Fields that begin with ``gaussian`` are of Gaussian kernels, with ``shuffled`` of the sample's with shuffled values;
    of the latter there is one more, to stand in the place of the trained ones. Ranks are of the first few clouds.
    alike: the share of kernels that two crops both keep, see :func:`crop_sweep.kept_alike`: both readings, and the
    fewest and the most neighbours. shuffled_alike: of the first cloud of shuffled kernels.
    """

    sizes: Int[Tensor, " 2"]
    neighbours: Int[Tensor, " number"]
    variance: Float[Tensor, "reading number crop"]
    bar: Float[Tensor, "reading number crop"]
    rank: Float[Tensor, "reading number crop"]
    alike: Float[Tensor, " 2"]
    gaussian_variance: Float[Tensor, "cloud reading number crop"]
    gaussian_bar: Float[Tensor, "cloud reading number crop"]
    gaussian_rank: Float[Tensor, "few reading number crop"]
    shuffled_variance: Float[Tensor, "mixed reading number crop"]
    shuffled_bar: Float[Tensor, "mixed reading number crop"]
    shuffled_rank: Float[Tensor, "few reading number crop"]
    shuffled_alike: Float[Tensor, " 2"]


@dataclass(frozen=True, kw_only=True)
class _Sizes:
    """How much is computed.

    kernels: drawn of a set at most. landmarks: of a cropped cloud at most. nulls: clouds of each kind. few: of these,
    which get a graph.
    """

    kernels: int
    landmarks: int
    nulls: int
    few: int


_SIZES = {
    "smoke": _Sizes(kernels=120, landmarks=15, nulls=2, few=1),
    "laptop": _Sizes(kernels=2_000, landmarks=50, nulls=19, few=3),
    "paper": _Sizes(kernels=10_000, landmarks=200, nulls=99, few=10),
}


@dataclass(frozen=True, kw_only=True)
class CropsOfLayer:
    """The crops of one branch. eps: DBSCAN's radius as a part of the norm, 0 as :func:`radius_for` says."""

    history: ClassVar[type] = DensityCrops
    model: str
    weights: str
    eps: float
    sizes: _Sizes
    branch: Branch
    seen: Subject = field(repr=False, compare=False)

    @property
    def key(self) -> str:
        return self.branch.layer

    def describe(self) -> dict[str, Any]:
        plain = {name: getattr(self, name) for name in ("model", "weights", "eps")}
        branch = asdict(self.branch) | {"size": list(self.branch.size)}
        return {"kind": type(self).__name__, **plain, **asdict(self.sizes), "branch": branch}

    def build(self, *, seeds: Sequence[int], device: torch.device) -> nn.Module:
        """Nothing: no weights belong to the result."""
        return nn.Module()

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[nn.Module, DensityCrops]:
        """The sample of trained kernels first, then the null clouds."""
        name, seed = f"crops of {self.key}", seeds[0]
        everything = kernel_clouds.normalised(self.seen.weights(self.branch)).points
        drawn = min(self.sizes.kernels, len(everything))
        points = everything[draw(len(everything), drawn, seed=seed, name=name)]
        neighbours = in_a_sample(len(everything), drawn)
        eps = radius_for(points, self.eps, studys=is_inception_v1(self.seen.loaded))
        values = points.shape[1]

        def gaussian(number: int) -> Tensor:
            return kernel_clouds.gaussian(drawn, values, seed=seed, name=f"{name} {number}")

        def mixed(number: int) -> Tensor:
            return kernel_clouds.shuffled(points, seed=seed, name=f"{name} {number}")

        own = sweep(points, neighbours, most=self.sizes.landmarks, eps=eps)
        nulls = self._nulls("gaussian", gaussian, self.sizes.nulls, neighbours, eps)
        nulls |= self._nulls("shuffled", mixed, self.sizes.nulls + 1, neighbours, eps)
        return nn.Module(), DensityCrops(
            sizes=torch.tensor([len(everything), drawn]),
            neighbours=torch.tensor(neighbours),
            alike=torch.tensor(kept_alike(points, neighbours)),
            shuffled_alike=torch.tensor(kept_alike(mixed(0), neighbours)),
            **own,
            **nulls,
        )

    def _nulls(
        self, kind: str, cloud: Callable[[int], Tensor], count: int, neighbours: Sequence[int], eps: float
    ) -> dict[str, Tensor]:
        """The fields of null clouds, of which the function gives each (kernel, value) by its number."""
        found = [
            sweep(cloud(k), neighbours, most=self.sizes.landmarks, eps=eps if k < self.sizes.few else None)
            for k in tqdm(range(count), desc=f"crops of {self.key}, {kind}", disable=None)
        ]
        return {
            f"{kind}_{name}": torch.stack([each[name] for each in found if name in each])
            for name in ("variance", "bar", "rank")
        }


def recipes(values: Mapping[str, Any]) -> dict[str, CropsOfLayer]:
    """One recipe for each branch, for a page's ``model``, ``layer``, ``eps`` and ``scale``."""
    seen, scale = subject(values), values["scale"]
    sets = seen.kernel_sets()
    found = [
        CropsOfLayer(
            model=str(values["model"]),
            weights=str(seen.loaded.weights.sha256),
            eps=values["eps"],
            sizes=_SIZES[scale],
            branch=branch,
            seen=seen,
        )
        for branch in (sets[:1] if scale == "smoke" else sets)
    ]
    return {recipe.key: recipe for recipe in found}
