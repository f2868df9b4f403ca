"""Numbers on a circle: how alike two sets of angles are, and how evenly one is spread. Angles are in radians."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float, Num
from torch import Tensor


def resultant(angles: Float[Tensor, "*sets angle"]) -> Float[Tensor, "*sets"]:
    """The length of the mean of unit vectors in these directions: 1 if they all agree, near 0 if they are spread."""
    return torch.polar(torch.ones_like(angles), angles).mean(dim=-1).abs()


def turning_together(a: Float[Tensor, " pair"], b: Float[Tensor, " pair"]) -> float:
    """How far two angles turn together, in the same or in opposite directions: from 0 to 1, whatever their origins."""
    return max(float(resultant(a - b)), float(resultant(a + b)))


def shares(angles: Float[Tensor, " angle"], *, sectors: int) -> Float[Tensor, " sector"]:
    """The share of the angles in each of equal sectors; the middle of the first is at 0."""
    width = 2 * math.pi / sectors
    number = ((angles / width).round() % sectors).long()
    return torch.bincount(number, minlength=sectors) / max(1, len(angles))


def correlation_by_turn(a: Num[Tensor, " sector"], b: Num[Tensor, " sector"]) -> Float[Tensor, " turn"]:
    """Pearson's correlation of shares in sectors with others, turned by 0, 1, 2 ... sectors; NaN if one is constant."""
    turned = torch.stack([b.double().roll(k) for k in range(len(b))])
    one, other = a.double() - a.double().mean(), turned - turned.mean(dim=1, keepdim=True)
    return ((other @ one) / (one.norm() * other.norm(dim=1))).float()
