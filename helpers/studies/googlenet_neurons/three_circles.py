"""The model of three circles that others found in patches of photographs: directions, level bars and upright bars.

Carlsson and others (2008): on one circle edges turn; on the two others a bar, level or upright, shifts from an edge
over a line to the opposite edge. Each of these two meets the first in two kernels, and they do not meet one another.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.randomness import generator
from helpers.studies.googlenet_neurons.kernel_clouds import norm_of

_FLAT = 0.35  # height of the two circles that are drawn as ellipses, as a part of their width
_SIDE = 3


class Circle(NamedTuple):
    """Kernels along a circle (normalised, row after row), and where a drawing puts them in the plane."""

    kernels: Float[Tensor, "kernel 9"]
    places: Float[Tensor, "kernel 2"]


def three_circles(angle: Float[Tensor, " kernel"]) -> dict[str, Circle]:
    """The kernels of each circle at these angles, in radians.

    The angle of a direction is that in which the kernel rises; that of a bar is its phase, π/2 for an edge.
    """
    along = torch.tensor([-1.0, 0.0, 1.0]) / 2**0.5
    line = torch.tensor([1.0, -2.0, 1.0]) / 6**0.5
    column, row = along.repeat(_SIDE), along.repeat_interleave(_SIDE)
    upright, level = line.repeat(_SIDE), line.repeat_interleave(_SIDE)
    cos, sin = angle.cos()[:, None], angle.sin()[:, None]
    scale = norm_of(_SIDE**2) / _SIDE**0.5
    return {
        "directions": Circle(scale * (cos * column + sin * row), torch.cat([cos, sin], 1)),
        "upright bars": Circle(scale * (sin * column + cos * upright), torch.cat([sin, _FLAT * cos], 1)),
        "level bars": Circle(scale * (sin * row + cos * level), torch.cat([_FLAT * cos, sin], 1)),
    }


def noisy_circles(kernels: int, *, noise: float, seed: int) -> Float[Tensor, "kernel 9"]:
    """Normalised kernels, a third of them on each circle, at random angles, with Gaussian noise.

    kernels: so many, or up to two fewer. noise: its size as a part of that of the kernel.
    """
    random = generator(seed, "noisy circles")
    angle = 2 * torch.pi * torch.rand(kernels // 3, generator=random)
    exact = torch.cat([circle.kernels for circle in three_circles(angle).values()])
    mixed = exact + noise * torch.randn(exact.shape, generator=random)
    centred = mixed - mixed.mean(dim=1, keepdim=True)
    return centred / centred.square().mean(dim=1, keepdim=True).sqrt()
