"""How long the longest loop of a cloud of kernels is, beside clouds that have none but by chance."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.randomness import generator
from helpers.studies.googlenet_neurons.kernel_clouds import NEIGHBOURS, norm_of
from helpers.studies.googlenet_neurons.topology.density import densest, neighbour_distance
from helpers.studies.googlenet_neurons.topology.homology import Loop, bars, landmarks, longest_loop

KEPT = 0.3  # the share of the kernels that the crop keeps, where nothing else is said
CROPS = (0.1, 0.2, 0.3, 0.5, 1.0)  # shares that are compared: the study does not say its own
_FEWEST_NEIGHBOURS = 15
_OF_ALL = 0.75  # of the kernels of a small set, so that samples differ


def sample_size(kernels: int, *, most: int, neighbours: int = NEIGHBOURS) -> tuple[int, int]:
    """How many kernels of a set are drawn, and the neighbours of its crop: as large a part of them as of the set."""
    drawn = min(most, kernels, max(4, round(_OF_ALL * kernels)))
    return drawn, max(1, min(drawn - 1, max(_FEWEST_NEIGHBOURS, round(neighbours * drawn / kernels))))


def draw(kernels: int, count: int, *, seed: int, name: str) -> Int[Tensor, " drawn"]:
    """The numbers of ``count`` kernels out of so many."""
    return torch.randperm(kernels, generator=generator(seed, f"kernels of {name}"))[:count]


def spread_core(
    points: Float[Tensor, "kernel value"], *, neighbours: int, kept: float, most: int
) -> Float[Tensor, "landmark value"]:
    """Landmarks of the cropped cloud, in units of the kernels' norm."""
    return spread_cores(points, neighbours=neighbours, shares=[kept], most=most)[kept]


def spread_cores(
    points: Float[Tensor, "kernel value"], *, neighbours: int, shares: Iterable[float], most: int
) -> dict[float, Float[Tensor, "landmark value"]]:
    """Landmarks of what each crop leaves, by the share that it keeps, in units of the kernels' norm."""
    distance = neighbour_distance(points, neighbours=neighbours)
    found = {}
    for kept in shares:
        left = points[densest(distance, kept=kept)]
        found[kept] = left[landmarks(left, count=most)] / norm_of(points.shape[1])
    return found


def two_longest(cloud: Float[Tensor, "landmark value"]) -> Float[Tensor, " 2"]:
    """The lengths of the two longest bars; 0 for a bar that is not there."""
    found = bars(cloud)[:2]
    return torch.cat([found[:, 1] - found[:, 0], torch.zeros(2)])[:2]


def loop_of(points: Float[Tensor, "kernel value"], *, most: int) -> Loop:
    """The longest loop of kernels that a crop has left: the angle of each is that of the nearest landmark."""
    chosen = points[landmarks(points, count=most)]
    loop = longest_loop(chosen)
    nearest = torch.cat([torch.cdist(part, chosen).argmin(dim=1) for part in points.split(2_000)])
    return loop._replace(angle=loop.angle[nearest])


def percentile(values: Float[Tensor, " sample"], null: Float[Tensor, " null"]) -> Float[Tensor, " sample"]:
    """The share of null values below each value; equal ones count half."""
    below = (null < values[:, None]).float() + 0.5 * (null == values[:, None]).float()
    return below.mean(dim=1)
