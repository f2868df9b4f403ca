"""The kernels of a layer as a cloud of points: each normalised as the study does (section 4.2.3.2, algorithm 6)."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.errors import BadInput
from helpers.randomness import generator
from helpers.studies.googlenet_neurons.topology.density import densest, neighbour_distance

NEIGHBOURS = 100  # "a big number k of neighbours ~ 100" (section 4.2.3.2)
_FLAT = 1e-6  # standard deviation, as a part of the largest one, below which a kernel counts as constant


class KernelError(BadInput):
    """Kernels that make no cloud."""


class Cloud(NamedTuple):
    """Normalised kernels: mean 0, variance 1, so that the norm of each is the root of the number of its values.

    number: which kernels they are, counted channel by channel and unit by unit.
    constant: how many were left out because all their values are equal.
    """

    points: Float[Tensor, "kernel value"]
    number: Int[Tensor, " kernel"]
    constant: int


def norm_of(values: int) -> float:
    """The norm of a normalised kernel of so many values."""
    return math.sqrt(values)


def normalised(weights: Float[Tensor, "unit channel row column"]) -> Cloud:
    """Every kernel of a layer by itself, whatever unit it belongs to.

    Raises KernelError if all kernels are constant.
    """
    flat = weights.flatten(2).flatten(0, 1)
    centred = flat - flat.mean(dim=1, keepdim=True)
    spread = centred.square().mean(dim=1).sqrt()
    known = (spread > _FLAT * spread.max()).nonzero().flatten()
    if not len(known):
        raise KernelError(f"Each of {len(flat)} kernels has equal values, so that none can be normalised.")
    return Cloud(centred[known] / spread[known, None], known, len(flat) - len(known))


def shuffled(points: Float[Tensor, "kernel value"], *, seed: int, name: str) -> Float[Tensor, "kernel value"]:
    """The values of each kernel in a random order of its own: the control that keeps values and destroys shapes."""
    order = torch.rand(points.shape, generator=generator(seed, f"shuffled {name}")).argsort(dim=1)
    return points.gather(1, order)


def gaussian(kernels: int, values: int, *, seed: int, name: str) -> Float[Tensor, "kernel value"]:
    """Normalised Gaussian numbers, spread evenly over the sphere of normalised kernels."""
    drawn = torch.randn(kernels, values, generator=generator(seed, f"Gaussian {name}"))
    centred = drawn - drawn.mean(dim=1, keepdim=True)
    return centred / centred.square().mean(dim=1, keepdim=True).sqrt()


def core(points: Float[Tensor, "kernel value"], *, neighbours: int, kept: float) -> Int[Tensor, " kept"]:
    """The numbers of the kernels that the density crop keeps: a share ``kept``, by the distance to the k-th neighbour.

    Raises BadInput for too few kernels for the neighbours asked for, and for a share that is none.
    """
    return densest(neighbour_distance(points, neighbours=neighbours), kept=kept)


def neighbours_for(kernels: int, asked: int, *, of: str) -> int:
    """The neighbours of the density crop of so many kernels.

    asked: 0 for the study's, or half of the kernels where there are fewer than twice as many. of: whose kernels.

    Raises KernelError if as many are asked for as there are kernels, or more.
    """
    if asked == 0:
        return max(1, min(NEIGHBOURS, kernels // 2))
    if asked >= kernels:
        raise KernelError(
            f"{of} has {kernels} kernels, too few for {asked} neighbours; at most {kernels - 1} can be asked for, or "
            "another layer."
        )
    return asked
