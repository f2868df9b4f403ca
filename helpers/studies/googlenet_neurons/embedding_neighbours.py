"""Embeddings of averaged kernels with other numbers of UMAP's neighbours than the study's, and of random weights."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from tqdm import tqdm

from helpers.studies.googlenet_neurons.cluster_inputs import (
    Kernels,
    Vectors,
    averaged,
    control_averages,
    normalised,
    table_of_distances,
)
from helpers.studies.googlenet_neurons.cluster_readings import embed, quiet_thread

OTHERS = (10, 100)  # beside the study's 30, which the stage ``unit_clusters`` has
CONTROL = "random"


@dataclass
class EmbeddingsByNeighbours:
    """UMAP's embeddings of a set of averaged kernels and of draws of random weights; coordinates have no unit.

    neighbours: as many as UMAP was given: those asked for, or all other units of a smaller set.
    """

    neighbours: Int[Tensor, " number"]
    embedding: Float[Tensor, "number unit 2"]
    control_embedding: Float[Tensor, "number draw unit 2"]


@dataclass(frozen=True, kw_only=True)
class EmbeddingsOfKernels:
    """The embeddings of one set.

    key: the name of the set, by which controls are drawn, as in the stage ``unit_clusters``. draws: of random weights.
    """

    history: ClassVar[type] = EmbeddingsByNeighbours
    key: str
    kernels: Kernels = field(repr=False, compare=False)
    numbers: tuple[int, ...]
    draws: int

    def describe(self) -> dict[str, Any]:
        digest = hashlib.sha256(self.kernels.contiguous().numpy().tobytes()).hexdigest()
        return {"key": self.key, "numbers": list(self.numbers), "draws": self.draws, "kernels": digest}

    def build(self, *, seeds: Sequence[int], device: torch.device) -> nn.Module:
        """Nothing: no weights belong to the result."""
        return nn.Module()

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[nn.Module, EmbeddingsByNeighbours]:
        """Trained kernels by the first start, draw k of random weights by the k-th; on the CPU, whatever the device."""
        seed, used = seeds[0], [min(number, len(self.kernels) - 1) for number in self.numbers]
        clouds = [averaged(normalised(self.kernels))]
        clouds += [control_averages(self.kernels, CONTROL, name=self.key, draw=k, seed=seed) for k in range(self.draws)]
        starts = [seed, *range(seed, seed + self.draws)]
        with quiet_thread():
            pairs = tqdm(list(zip(clouds, starts, strict=True)), desc=f"embeddings of {self.key}", disable=None)
            planes = torch.stack([_planes(cloud, used, start) for cloud, start in pairs], dim=1)
        return nn.Module(), EmbeddingsByNeighbours(
            neighbours=torch.tensor(used), embedding=planes[:, 0], control_embedding=planes[:, 1:]
        )


def _planes(vectors: Vectors, numbers: Sequence[int], seed: int) -> Float[Tensor, "number unit 2"]:
    table = table_of_distances(vectors)
    found = {number: embed(table, neighbours=number, seed=seed) for number in dict.fromkeys(numbers)}
    return torch.stack([found[number] for number in numbers])
