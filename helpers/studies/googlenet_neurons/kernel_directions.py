"""The direction of a kernel: that of its edge, and that of its line."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.randomness import generator
from helpers.studies.googlenet_neurons.topology.angles import turning_together


def edge_angle(points: Float[Tensor, "kernel value"], size: tuple[int, int]) -> Float[Tensor, " kernel"]:
    """The direction in which a kernel rises, in radians from its rows' direction: that of its first moments.

    size: rows and columns of a kernel, whose values lie row after row.
    """
    row, column = _places(size)
    return torch.atan2(points @ row, points @ column)


def doubled_line_angle(points: Float[Tensor, "kernel value"], size: tuple[int, int]) -> Float[Tensor, " kernel"]:
    """Twice the direction of a kernel's line, in radians, by its second moments: a line turned by half is itself."""
    row, column = _places(size)
    return torch.atan2(points @ (2 * row * column), points @ (column**2 - row**2))


def turns_with(angle: Float[Tensor, " kernel"], points: Float[Tensor, "kernel value"], size: tuple[int, int]) -> float:
    """How far an angle turns together with the kernels' edges or lines, whichever fits better: from 0 to 1."""
    return max(turning_together(angle, of(points, size)) for of in (edge_angle, doubled_line_angle))


def noisy_edges(kernels: int, size: tuple[int, int], *, noise: float, seed: int) -> Float[Tensor, "kernel value"]:
    """Normalised kernels that are edges of random directions, with Gaussian noise: a circle that is known.

    noise: its size as a part of that of the edge.
    """
    row, column = _places(size)
    random = generator(seed, "noisy edges")
    angle = 2 * torch.pi * torch.rand(kernels, 1, generator=random)
    edge = angle.cos() * column + angle.sin() * row
    edge = edge / edge.square().mean(dim=1, keepdim=True).sqrt()
    mixed = edge + noise * torch.randn(edge.shape, generator=random)
    centred = mixed - mixed.mean(dim=1, keepdim=True)
    return centred / centred.square().mean(dim=1, keepdim=True).sqrt()


def _places(size: tuple[int, int]) -> tuple[Float[Tensor, " value"], Float[Tensor, " value"]]:
    """Row and column of each value, from the middle."""
    rows, columns = (torch.arange(length) - (length - 1) / 2 for length in size)
    return rows.repeat_interleave(size[1]), columns.repeat(size[0])
