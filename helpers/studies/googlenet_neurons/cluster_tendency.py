"""The Hopkins statistic of a set of kernels and of its embedding, beside those of sets without groups."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.randomness import generator
from helpers.studies.googlenet_neurons.cluster_inputs import control_averages, one_cloud
from helpers.studies.googlenet_neurons.cluster_statements import Clustered
from helpers.studies.googlenet_neurons.hopkins import hopkins

BESIDE = ("one cloud", "shuffled")  # the controls
_OF_PLANES = 2.0  # the power of the distances that Hopkins and Skellam have
_OF_KERNELS = 1.0  # to the power of 9 or 25 one distance would decide
_APART = 3.0  # the standard deviation of planted centres, over that of a group


class Tendency(NamedTuple):
    """The statistic of a set, and by control those of its draws."""

    own: float
    drawn: dict[str, list[float]]

    def in_range_of(self, control: str) -> bool:
        """Whether it lies between the smallest and the largest of the draws."""
        return min(self.drawn[control]) <= self.own <= max(self.drawn[control])

    def above(self, control: str) -> bool:
        """Whether it lies above every draw."""
        return self.own > max(self.drawn[control])


def of_embedding(one: Clustered) -> Tendency:
    """Of the embedding of averaged kernels, first start, and of those of every draw of ``BESIDE``."""
    drawn = {
        control: [
            _statistic(one, one.control_plane(control, k), _OF_PLANES, f"{control} {k}") for k in range(one.draws)
        ]
        for control in BESIDE
    }
    return Tendency(_statistic(one, one.plane(), _OF_PLANES, "own"), drawn)


def of_kernels(one: Clustered) -> Tendency:
    """Of the averaged kernels themselves, and of every draw of ``BESIDE``."""
    drawn = {
        control: [
            _statistic(
                one,
                control_averages(one.set.kernels, control, name=one.key, draw=k, seed=one.seed),
                _OF_KERNELS,
                f"kernels {control} {k}",
            )
            for k in range(one.draws)
        ]
        for control in BESIDE
    }
    return Tendency(_statistic(one, one.averages, _OF_KERNELS, "kernels"), drawn)


def of_planted_groups(one: Clustered) -> Tendency:
    """Of clear groups, as many as the set has clusters, and of draws of one cloud of their mean and covariance."""
    random = generator(one.seed, f"clear groups beside {one.key}")
    units, axes = one.averages.shape
    centres = _APART * torch.randn(one.set.clusters, axes, generator=random, dtype=torch.double)
    noise = torch.randn(units, axes, generator=random, dtype=torch.double)
    points = centres[torch.arange(units) % one.set.clusters] + noise
    clouds = [one_cloud(points, name=f"groups beside {one.key}", draw=k, seed=one.seed) for k in range(one.draws)]
    drawn = [_statistic(one, cloud, _OF_KERNELS, f"groups {k}") for k, cloud in enumerate(clouds)]
    return Tendency(_statistic(one, points, _OF_KERNELS, "groups"), {"one cloud": drawn})


def _statistic(one: Clustered, points: Float[Tensor, "unit axis"], power: float, name: str) -> float:
    return hopkins(points, generator=generator(one.seed, f"Hopkins {name} of {one.key}"), power=power)
