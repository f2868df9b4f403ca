"""The sets of kernels that are clustered, and in how many clusters: the study's numbers where it has the set."""

from __future__ import annotations

from dataclasses import dataclass, field

from helpers.metrics.clusters import ward_tree, widest_step
from helpers.studies.googlenet_neurons.cluster_inputs import Kernels, averaged, normalised
from helpers.studies.googlenet_neurons.cluster_readings import usable_neighbours
from helpers.studies.googlenet_neurons.stated_sizes import SIZES
from helpers.studies.googlenet_neurons.subject import Branch, Subject, SubjectError

FEWEST = 8  # kernels of a set: with fewer, clusters and neighbours mean nothing
READ_OFF = 6  # the largest number of clusters that is read off a dendrogram, the study's largest; fewer of few units
_SMOKE_SETS, _SMOKE_UNITS = 2, 60  # a smoke run looks at a few small sets


@dataclass(frozen=True, kw_only=True)
class KernelSet:
    """All kernels of a branch; clusters: how many the study has, or a dendrogram says where the study has none."""

    branch: Branch
    kernels: Kernels = field(repr=False, compare=False)
    clusters: int
    neighbours: int

    @property
    def name(self) -> str:
        return self.branch.title


def sets_of(seen: Subject, *, scale: str, neighbours: int) -> list[KernelSet]:
    """The sets of kernels of a network; at smoke scale a few small ones.

    Raises SubjectError where no set has enough kernels, and ReadingError for too many neighbours.
    """
    branches = [branch for branch in seen.kernel_sets() if branch.units >= FEWEST]
    if not branches:
        raise SubjectError(f"No layer of {seen.loaded.name} has {FEWEST} kernels of 3×3 or more, too few for clusters.")
    if scale == "smoke":
        branches = ([each for each in branches if each.units <= _SMOKE_UNITS] or branches)[:_SMOKE_SETS]
    return [_set(seen, branch, neighbours) for branch in branches]


def _set(seen: Subject, branch: Branch, neighbours: int) -> KernelSet:
    kernels = seen.weights(branch)
    stated = SIZES.get(branch.title) if seen.is_studys else None
    number = (
        len(stated)
        if stated
        else widest_step(ward_tree(averaged(normalised(kernels))), min(READ_OFF, branch.units // 3))
    )
    used = usable_neighbours(neighbours, branch.units, name=branch.title)
    return KernelSet(branch=branch, kernels=kernels, clusters=number, neighbours=used)
