"""The kernels of one size in one layer, with what the stage found of them: what the page on shapes looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.pages.stages import Trained
from helpers.studies.googlenet_neurons.kernel_clouds import normalised, shuffled
from helpers.studies.googlenet_neurons.stages.kernel_clouds import KernelCloud
from helpers.studies.googlenet_neurons.subject import Branch, Subject
from helpers.studies.googlenet_neurons.topology.mapper import Graph


@dataclass(frozen=True, kw_only=True)
class KernelSet:
    """A set of kernels, normalised; what is called shuffled has its values shuffled over the positions.

    channels: kernels of a unit.
    everything: all kernels. core: those that the crop keeps. shuffled_core: likewise of the shuffled kernels.
    """

    branch: Branch
    cloud: KernelCloud
    channels: int
    everything: Float[Tensor, "kernel value"]
    core: Float[Tensor, "cropped value"]
    shuffled_core: Float[Tensor, "cropped value"]

    @property
    def title(self) -> str:
        return self.branch.title

    @property
    def is_3x3(self) -> bool:
        return self.branch.size == (3, 3)

    @property
    def units(self) -> Int[Tensor, " cropped"]:
        """The unit of each kernel of the core."""
        return self.cloud.core // self.channels

    def graph(self, kind: str = "") -> Graph:
        """The Mapper graph of the core: "" as trained, "pitch" with the other meaning of overlap, or "shuffled"."""
        return self.cloud.graph(kind)

    def graph_points(self, kind: str = "") -> Float[Tensor, "cropped value"]:
        """The kernels that the graph's members number."""
        return self.shuffled_core if kind == "shuffled" else self.core


def kernel_sets(seen: Subject, made: Mapping[str, Trained], seed: int) -> list[KernelSet]:
    """All sets of a network, from the artefacts of the stage ``kernel_clouds`` that were made with this seed."""
    found = []
    for branch in seen.kernel_sets():
        weights, cloud = seen.weights(branch), made[branch.layer].history
        whole = normalised(weights)
        mixed = shuffled(whole.points, seed=seed, name=branch.layer)
        place = [torch.searchsorted(whole.number, number) for number in (cloud.core, cloud.shuffled_core)]
        found.append(
            KernelSet(
                branch=branch,
                cloud=cloud,
                channels=weights.shape[1],
                everything=whole.points,
                core=whole.points[place[0]],
                shuffled_core=mixed[place[1]],
            )
        )
    return found
