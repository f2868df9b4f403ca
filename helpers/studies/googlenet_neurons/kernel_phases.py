"""The phase of a kernel: an edge, then a line, then the opposite edge, all of one orientation."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.studies.googlenet_neurons.topology.angles import turning_together


def phase_angle(
    points: Float[Tensor, "kernel value"], size: tuple[int, int], *, along_rows: bool
) -> Float[Tensor, " kernel"]:
    """The phase of a kernel's profile across its rows, or along them, in radians: 0 for a line, π/2 for an edge.

    points: normalised kernels, row after row. size: rows and columns.
    along_rows: whether the profile is that of the columns' means, and not that of the rows'.
    """
    profile = points.unflatten(1, size).mean(dim=1 if along_rows else 2)
    place = torch.arange(profile.shape[1]) - (profile.shape[1] - 1) / 2
    odd, even = place / place.norm(), place.square() - place.square().mean()
    return torch.atan2(profile @ odd, profile @ (even / even.norm()))


def turns_with_phase(
    angle: Float[Tensor, " kernel"], points: Float[Tensor, "kernel value"], size: tuple[int, int]
) -> float:
    """How far an angle turns together with the kernels' phase in one direction, whichever fits better: from 0 to 1."""
    return max(turning_together(angle, phase_angle(points, size, along_rows=along)) for along in (False, True))
