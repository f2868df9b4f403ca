"""Stage: kernels of many small networks that read digits, at some steps of their training (section 2, figure 14).

One artefact, :class:`DigitKernels`, "digits".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from helpers.data.mnist import Digits, digits
from helpers.randomness import generator
from helpers.studies.googlenet_neurons import kernel_clouds
from helpers.studies.googlenet_neurons.cluster_inputs import one_cloud
from helpers.studies.googlenet_neurons.digit_networks import Followed, followed, he_kernels, like_he
from helpers.studies.googlenet_neurons.kernel_directions import edge_angle
from helpers.studies.googlenet_neurons.kernel_rings import KEPT, sample_size, spread_core, two_longest
from helpers.studies.googlenet_neurons.subject import Subject, subject

HAS_NETWORKS = False
_SIZES = {  # groups, networks of a group, steps, landmarks, kernels of the layer, null clouds
    "smoke": (2, 2, 4, 20, 100, 3),
    "laptop": (5, 20, 200, 100, 2_000, 200),
    "paper": (10, 100, 2_000, 300, 20_000, 1_000),
}
_UNITS, _BATCH, _RATE, _PATCH = 16, 32, 0.02, 3


@dataclass
class DigitKernels:
    """What is found of the networks' kernels, pooled over the networks of a group.

    step: the steps of training at which they are looked at, of which the first is 0.
    bars: the two longest bars, in units of the norm; permuted: of networks that learn permuted labels; null: of as many
        Gaussian kernels, which is what networks have before training.
    edge: the directions of the edges of the kernels after training; untrained_edge: before.
    kernels: all kernels after training, normalised.
    loss: of networks that start with He's kernels, with kernels of the layer's dense core, with these shuffled, and
        with Gaussian kernels of their mean and covariance, at each step; NaN for the last three where the network has
        no kernels of 3×3.
    """

    step: Int[Tensor, " record"]
    bars: Float[Tensor, "group record 2"]
    permuted: Float[Tensor, "group record 2"]
    null: Float[Tensor, "null 2"]
    edge: Float[Tensor, "group kernel"]
    untrained_edge: Float[Tensor, "group kernel"]
    kernels: Float[Tensor, "pooled 9"]
    loss: Float[Tensor, "start network step"]


@dataclass(frozen=True, kw_only=True)
class NetworksOfDigits:
    """The networks. source: which digits. weights: of the network whose kernels some of them start with."""

    history: ClassVar[type] = DigitKernels
    source: str
    weights: str
    groups: int
    networks: int
    steps: int
    landmarks: int
    pool: int
    nulls: int
    data: Digits = field(repr=False, compare=False)
    seen: Subject = field(repr=False, compare=False)

    @property
    def key(self) -> str:
        return "digits"

    def describe(self) -> dict[str, Any]:
        plain = ("source", "weights", "groups", "networks", "steps", "landmarks", "pool", "nulls")
        return {"kind": type(self).__name__, **{name: getattr(self, name) for name in plain}}

    def build(self, *, seeds: Sequence[int], device: torch.device) -> nn.Module:
        """Nothing: the networks themselves are not kept."""
        return nn.Module()

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[nn.Module, DigitKernels]:
        """Networks of all groups side by side, for one start after the other."""
        seed, count = seeds[0], self.groups * self.networks
        x, label = self._images()
        mixed = label[torch.randperm(len(label), generator=generator(seed, "permuted labels"))]
        core = self._core()
        starts: list[Tensor | None] = [None] * 3 if core is None else self._starts(core, seed)
        start = he_kernels(count, _UNITS, seed=seed)
        with tqdm(total=5, desc="networks that read digits", disable=None) as bar:
            trained = self._followed(start, x, label, seed, bar)
            permuted = self._followed(start, x, mixed, seed, bar)
            losses = [trained.loss]
            for kernels in starts:
                if kernels is None:
                    losses.append(torch.full_like(trained.loss, torch.nan))
                    continue
                from_kernels = like_he(kernels, count, _UNITS, seed=seed)
                losses.append(self._followed(from_kernels, x, label, seed, bar).loss)
        after, before = self._pooled(trained.kernels[-1]), self._pooled(trained.kernels[0])
        return nn.Module(), DigitKernels(
            step=torch.tensor(self._records()),
            bars=self._bars(trained.kernels),
            permuted=self._bars(permuted.kernels),
            null=torch.stack([self._null(k, seed) for k in range(self.nulls)]),
            edge=torch.stack([self._edge(group) for group in after]),
            untrained_edge=torch.stack([self._edge(group) for group in before]),
            kernels=after.flatten(0, 1),
            loss=torch.stack(losses),
        )

    @staticmethod
    def _starts(core: Float[Tensor, "kernel 9"], seed: int) -> list[Tensor | None]:
        cloud = one_cloud(core, name="core", draw=0, seed=seed).to(core.dtype)
        return [core, kernel_clouds.shuffled(core, seed=seed, name="core"), cloud]

    def _followed(
        self, start: Float[Tensor, "network unit value"], x: Tensor, label: Tensor, seed: int, bar: tqdm[Any]
    ) -> Followed:
        found = followed(
            start,
            x,
            label,
            steps=self.steps,
            batch=_BATCH,
            records=self._records(),
            learning_rate=_RATE,
            seed=seed,
        )
        bar.update()
        return found

    def _records(self) -> list[int]:
        """Seven steps, closer together at the beginning; 0 and the last among them."""
        return sorted({round(self.steps * part) for part in (0, 0.03, 0.1, 0.25, 0.5, 0.75, 1)})

    @property
    def _of_group(self) -> int:
        """Kernels of a group."""
        return self.networks * _UNITS

    def _two_longest(self, points: Float[Tensor, "kernel value"]) -> Float[Tensor, " 2"]:
        """Of the cropped kernels of a group, with as many neighbours as a sample of a large layer has."""
        neighbours = min(self._of_group - 1, sample_size(100_000, most=800)[1])
        return two_longest(spread_core(points, neighbours=neighbours, kept=KEPT, most=self.landmarks))

    def _null(self, number: int, seed: int) -> Float[Tensor, " 2"]:
        return self._two_longest(kernel_clouds.gaussian(self._of_group, _PATCH**2, seed=seed, name=f"digits {number}"))

    def _images(self) -> tuple[Float[Tensor, "image row column"], Int[Tensor, " image"]]:
        """The images of training, halved in size if they are those of MNIST: 14 × 14 points."""
        x = self.data.train_x.unflatten(1, (self.data.side, self.data.side))
        small = functional.avg_pool2d(x[:, None], 2)[:, 0] if self.data.side > 16 else x
        return small, self.data.train_label

    def _core(self) -> Float[Tensor, "kernel 9"] | None:
        """Kernels of the dense core of the network's first layer with kernels of 3×3; None if it has none."""
        for branch in self.seen.kernel_sets():
            if branch.size == (_PATCH, _PATCH):
                points = kernel_clouds.normalised(self.seen.weights(branch)).points[: self.pool]
                neighbours = kernel_clouds.neighbours_for(len(points), 0, of=branch.layer)
                return points[kernel_clouds.core(points, neighbours=neighbours, kept=KEPT)]
        return None

    def _pooled(self, kernels: Float[Tensor, "network unit value"]) -> Float[Tensor, "group kernel value"]:
        """Normalised kernels of each group. The kernels of no unit are constant: they begin as random numbers."""
        points = kernel_clouds.normalised(kernels.reshape(-1, 1, _PATCH, _PATCH)).points
        return points.unflatten(0, (self.groups, -1))

    def _bars(self, kernels: Float[Tensor, "record network unit value"]) -> Float[Tensor, "group record 2"]:
        found = [[self._two_longest(group) for group in self._pooled(record)] for record in kernels]
        return torch.stack([torch.stack(record) for record in found], dim=1)

    def _edge(self, group: Float[Tensor, "kernel value"]) -> Float[Tensor, " kernel"]:
        return edge_angle(group, (_PATCH, _PATCH))


def recipes(values: Mapping[str, Any]) -> dict[str, NetworksOfDigits]:
    """The networks for a page's ``model``, ``layer`` and ``scale``: "digits"."""
    seen, scale = subject(values), values["scale"]
    data = digits("small" if scale == "smoke" else "auto")
    groups, networks, steps, landmarks, pool, nulls = _SIZES[scale]
    recipe = NetworksOfDigits(
        source=data.source,
        weights=str(seen.loaded.weights.sha256),
        groups=groups,
        networks=networks,
        steps=steps,
        landmarks=landmarks,
        pool=pool,
        nulls=nulls,
        data=data,
        seen=seen,
    )
    return {recipe.key: recipe}
