"""Sets of points in few dimensions: random, or along a curve (jump detection study, section 4.3)."""

from __future__ import annotations

from math import pi

import torch
from jaxtyping import Float
from torch import Tensor


def uniform(
    sets: int, points: int, dimensions: int, *, random: torch.Generator
) -> Float[Tensor, "set point dimension"]:
    """Random points, uniform in the unit cube."""
    return torch.rand(sets, points, dimensions, generator=random)


def normal(sets: int, points: int, dimensions: int, *, random: torch.Generator) -> Float[Tensor, "set point dimension"]:
    """Random points with independent standard normal coordinates."""
    return torch.randn(sets, points, dimensions, generator=random)


def separated(points: Float[Tensor, "set point dimension"], distance: float) -> Float[Tensor, "chosen point dimension"]:
    """The sets whose points are all at least ``distance`` apart; all sets, without a check, for a distance of 0."""
    if distance == 0:
        return points
    first, second = torch.triu_indices(points.shape[1], points.shape[1], offset=1)
    apart = (points[:, first] - points[:, second]).square().sum(dim=-1).amin(dim=-1)
    return points[apart >= distance**2]


def half_circle(points: int) -> Float[Tensor, "point 2"]:
    """Points at equal distances along a half circle of radius 1."""
    angle = torch.linspace(0, pi, points)
    return torch.stack([angle.cos(), angle.sin()], dim=-1)


def spiral(points: int, *, turns: float = 2.0) -> Float[Tensor, "point 2"]:
    """Points along a spiral at equal angles; the radius grows from 0.2 to 1."""
    share = torch.linspace(0, 1, points)
    radius, angle = 0.2 + 0.8 * share, 2 * pi * turns * share
    return torch.stack([radius * angle.cos(), radius * angle.sin()], dim=-1)


def figure_of_eight(points: int) -> Float[Tensor, "point 2"]:
    """Points along most of a figure of eight, which crosses itself once, in the middle."""
    angle = torch.linspace(0.1, 2 * pi - 0.1, points)
    return torch.stack([angle.cos(), (2 * angle).sin() / 2], dim=-1)


def random_walk(points: int, *, random: torch.Generator) -> Float[Tensor, "point 2"]:
    """Points of a random walk: each step is normally distributed."""
    return torch.randn(points, 2, generator=random).cumsum(dim=0)
