"""Clusters of one set of kernels by every reading of algorithm 5, and of its controls: the recipe of a stage."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, ClassVar

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from tqdm import tqdm

from helpers.metrics.clusters import adjusted_rand_index, gap_statistic, silhouette
from helpers.randomness import generator
from helpers.studies.googlenet_neurons import cluster_readings as readings
from helpers.studies.googlenet_neurons.cluster_inputs import (
    CONTROLS,
    OF_WHOLE,
    Kernels,
    Vectors,
    averaged,
    control_averages,
    control_kernels,
    normalised,
    table_of_distances,
)
from helpers.studies.googlenet_neurons.cluster_readings import EMBEDDED, OF_AVERAGES, READINGS, partition
from helpers.studies.googlenet_neurons.embedding_checks import checks, longest_bar

OTHER_NEIGHBOURS = (5, 15, 60)  # beside the study's 30
GAMMAS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)
MOST = 8  # clusters of which the gap statistic is asked
PLACED = tuple(EMBEDDED)
# What all draws of all controls are clustered by; readings of whole kernels have ``few`` draws of ``OF_WHOLE``.
OF_CONTROLS = ("averages", "averages embedded", "averages precomputed", "Ward")


@dataclass
class KernelClusters:
    """Partitions, by reading, and what was measured of them; -1 for a partition that was not made.

    A start is a seed of UMAP and of the spectral method; draw k of a control is clustered by the k-th start.

    embedding: of the readings ``PLACED``.
    control_again: of random weights, by another start than ``control_label``.
    control_silhouette: of averaged kernels, by readings of them; NaN for the others.
    whole_silhouette: mean over the units, among averaged kernels, by readings of whole kernels; NaN for the others.
    bootstrap: adjusted Rand index with the first start, on the units drawn.
    neighbours: adjusted Rand index of "averages embedded" with other numbers of neighbours and with the study's.
    gamma: adjusted Rand index of "rows" between two starts, and with the first draw of random weights, by ``GAMMAS``.
    affinity: the largest of two different units, by table.
    gap, gap_error: the gap statistic of averaged kernels for 1 to ``MOST`` clusters.
    bar, control_bar: the longest bar of H1 of averaged kernels over their median distance.
    seconds, kept: of ``embedding_checks.METHODS`` on averaged kernels: time, and the rank correlation of distances
    before and after.
    planted: adjusted Rand index with planted groups, without and with an embedding.
    """

    label: Int[Tensor, "reading start unit"]
    embedding: Float[Tensor, "placed start unit 2"]
    control_label: Int[Tensor, "control reading draw unit"]
    control_again: Int[Tensor, "control reading draw unit"]
    control_embedding: Float[Tensor, "control draw unit 2"]
    control_silhouette: Float[Tensor, "control reading draw unit"]
    whole_silhouette: Float[Tensor, "whole reading few"]
    bootstrap: Float[Tensor, "reading bootstrap"]
    neighbours: Float[Tensor, " other"]
    gamma: Float[Tensor, "gamma 2"]
    affinity: Float[Tensor, " table"]
    gap: Float[Tensor, " number"]
    gap_error: Float[Tensor, " number"]
    bar: Float[Tensor, ""]
    control_bar: Float[Tensor, "control draw"]
    seconds: Float[Tensor, " method"]
    kept: Float[Tensor, " method"]
    planted: Float[Tensor, " 2"]

    @property
    def clusters(self) -> int:
        return int(self.label[READINGS.index("Ward"), 0].max()) + 1


@dataclass(frozen=True, kw_only=True)
class ClustersOfKernels:
    """All partitions of a set of kernels.

    key: the name of the set. clusters: how many are asked for. neighbours: of UMAP.
    starts: of every reading. draws: of each control. few: of what takes longest: whole kernels of random networks,
    second starts of controls, bootstraps.
    """

    history: ClassVar[type] = KernelClusters
    key: str
    kernels: Kernels = field(repr=False, compare=False)
    clusters: int
    neighbours: int
    starts: int
    draws: int
    few: int

    def describe(self) -> dict[str, Any]:
        numbers = {name: getattr(self, name) for name in ("key", "clusters", "neighbours", "starts", "draws", "few")}
        return {**numbers, "kernels": hashlib.sha256(self.kernels.contiguous().numpy().tobytes()).hexdigest()}

    def build(self, *, seeds: Sequence[int], device: torch.device) -> nn.Module:
        """Nothing: no weights belong to the result."""
        return nn.Module()

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[nn.Module, KernelClusters]:
        """Own partitions first, then those of the controls; on the CPU, whatever the device."""
        with readings.quiet_thread():
            return nn.Module(), self._measured(seeds[0])

    def _measured(self, seed: int) -> KernelClusters:
        given, vectors = readings.tables(self.kernels), averaged(normalised(self.kernels))
        with tqdm(total=self.starts + len(CONTROLS) * self.draws, desc=f"clusters of {self.key}", disable=None) as bar:
            label, planes = self._own(given, vectors, seed=seed, step=bar.update)
            controls = self._controls(seed=seed, step=bar.update)
        gaps = gap_statistic(
            vectors,
            most=min(MOST, len(vectors) - 1),
            draws=self.draws,
            generator=generator(seed, f"gap statistic of {self.key}"),
        )
        return KernelClusters(
            label=label,
            embedding=planes,
            **controls,
            bootstrap=self._bootstrap(label[:, 0], seed=seed),
            neighbours=self._neighbours(given["averages"], label[READINGS.index("averages embedded"), 0], seed=seed),
            gamma=self._gammas(given["rows"], seed=seed),
            affinity=torch.tensor([readings.largest_affinity(table) for table in given.values()]),
            gap=gaps.gap,
            gap_error=gaps.error,
            bar=torch.tensor(longest_bar(vectors)),
            **checks(vectors, clusters=self.clusters, neighbours=self.neighbours, seed=seed, name=self.key),
        )

    def _partition(
        self, reading: str, given: Mapping[str, Tensor], vectors: Vectors, seed: int
    ) -> tuple[Int[Tensor, " unit"], Float[Tensor, "unit 2"] | None]:
        neighbours = min(self.neighbours, len(vectors) - 1)  # a bootstrap has fewer units
        return partition(reading, given, vectors, clusters=self.clusters, neighbours=neighbours, seed=seed)

    def _own(
        self, given: Mapping[str, Tensor], vectors: Vectors, *, seed: int, step: Callable[[int], object]
    ) -> tuple[Int[Tensor, "reading start unit"], Float[Tensor, "placed start unit 2"]]:
        label = torch.zeros(len(READINGS), self.starts, len(vectors), dtype=torch.int32)
        planes = torch.zeros(len(PLACED), self.starts, len(vectors), 2)
        for start in range(self.starts):
            for place, reading in enumerate(READINGS):
                label[place, start], plane = self._partition(reading, given, vectors, seed + start)
                if plane is not None:
                    planes[PLACED.index(reading), start] = plane
            step(1)
        return label, planes

    def _controls(self, *, seed: int, step: Callable[[int], object]) -> dict[str, Tensor]:
        units = len(self.kernels)
        shape = (len(CONTROLS), len(READINGS), self.draws, units)
        label, again = torch.full(shape, -1, dtype=torch.int32), torch.full(shape, -1, dtype=torch.int32)
        around = torch.full(shape, torch.nan)
        planes, bars = torch.zeros(len(CONTROLS), self.draws, units, 2), torch.zeros(len(CONTROLS), self.draws)
        for k, control in enumerate(CONTROLS):
            for draw in range(self.draws):
                vectors = control_averages(self.kernels, control, name=self.key, draw=draw, seed=seed)
                given = {"averages": table_of_distances(vectors)}
                for place, reading in enumerate(READINGS):
                    if reading not in OF_CONTROLS:
                        continue
                    own = self._partition(reading, given, vectors, seed + draw)
                    label[k, place, draw] = own[0]
                    around[k, place, draw] = silhouette(given["averages"], own[0]).float()
                    if own[1] is not None:
                        planes[k, draw] = own[1]
                    if control == "random" and draw < self.few:
                        again[k, place, draw] = self._partition(reading, given, vectors, seed + draw + 1)[0]
                bars[k, draw] = longest_bar(vectors)
                step(1)
        whole = self._whole(label[CONTROLS.index("random")], again[CONTROLS.index("random")], seed=seed)
        return {
            "control_label": label,
            "control_again": again,
            "control_silhouette": around,
            "whole_silhouette": whole,
            "control_embedding": planes,
            "control_bar": bars,
        }

    def _whole(
        self, label: Int[Tensor, "reading draw unit"], again: Int[Tensor, "reading draw unit"], *, seed: int
    ) -> Float[Tensor, "whole reading few"]:
        """The mean silhouettes of the controls by the readings of whole kernels.

        Fills in the partitions of random weights by two starts.
        """
        found = torch.full((len(OF_WHOLE), len(READINGS), self.few), torch.nan)
        for (k, control), draw in product(enumerate(OF_WHOLE), range(self.few)):
            kernels = control_kernels(self.kernels, control, name=self.key, draw=draw, seed=seed)
            given, vectors = readings.tables(kernels), averaged(normalised(kernels))
            for place, reading in enumerate(READINGS):
                if reading in OF_AVERAGES:
                    continue
                own, _ = self._partition(reading, given, vectors, seed + draw)
                found[k, place, draw] = silhouette(given["averages"], own).mean()
                if control == "random":
                    label[place, draw] = own
                    again[place, draw] = self._partition(reading, given, vectors, seed + draw + 1)[0]
        return found

    def _bootstrap(self, label: Int[Tensor, "reading unit"], *, seed: int) -> Float[Tensor, "reading bootstrap"]:
        """The units drawn are clustered anew, each once: twins would be a cluster of their own.

        Of a set of few units, a draw of too few to be clustered is drawn again.
        """
        random, found = generator(seed, f"bootstrap of {self.key}"), torch.zeros(len(READINGS), self.few)
        for draw in range(self.few):
            units = torch.zeros(0)
            while len(units) < max(5, self.clusters + 2):
                units = torch.randint(len(self.kernels), (len(self.kernels),), generator=random).unique()
            given = readings.tables(self.kernels[units])
            vectors = averaged(normalised(self.kernels[units]))
            for place, reading in enumerate(READINGS):
                anew, _ = self._partition(reading, given, vectors, seed + draw)
                found[place, draw] = adjusted_rand_index(anew, label[place, units].long())
        return found

    def _neighbours(self, table: Tensor, label: Int[Tensor, " unit"], *, seed: int) -> Float[Tensor, " other"]:
        found = []
        for number in OTHER_NEIGHBOURS:
            plane = readings.embed(table, neighbours=min(number, len(table) - 1), seed=seed)
            anew = readings.spectral(plane, clusters=self.clusters, seed=seed)
            found.append(adjusted_rand_index(anew, label.long()))
        return torch.tensor(found)

    def _gammas(self, table: Tensor, *, seed: int) -> Float[Tensor, "gamma 2"]:
        noise = control_kernels(self.kernels, "random", name=self.key, draw=0, seed=seed)
        given = (table, table, table_of_distances(normalised(noise).flatten(1)))
        found = []
        for gamma in GAMMAS:
            one, other, random = (
                readings.spectral(each, clusters=self.clusters, seed=start, gamma=gamma)
                for each, start in zip(given, (seed, seed + 1, seed), strict=True)
            )
            found.append([adjusted_rand_index(one, other), adjusted_rand_index(one, random)])
        return torch.tensor(found)
