"""Output layers that are computed instead of trained, and the sets of points that they can classify.

A set of n points in p dimensions stands for the mean activations of the classes in a bottleneck. An output layer
classifies the set if, for every point, the largest of its n outputs is the one of that point (jump detection study,
section 4.3).
"""

from __future__ import annotations

from math import comb, factorial
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor


class OutputLayer(NamedTuple):
    """An affine map of points to outputs, one per class: ``points @ weight + bias``."""

    weight: Float[Tensor, "*sets dimension output"]
    bias: Float[Tensor, "*sets output"]

    def __call__(self, points: Float[Tensor, "*sets point dimension"]) -> Float[Tensor, "*sets point output"]:
        return points @ self.weight + self.bias.unsqueeze(-2)


def pseudo_inverse(points: Float[Tensor, "*sets point dimension"]) -> OutputLayer:
    """The Moore-Penrose inverse of the map from unit vectors to the points; without bias (section 4.3.4)."""
    weight = torch.linalg.pinv(points)
    return OutputLayer(weight, torch.zeros_like(weight[..., 0, :]))


def centred_pseudo_inverse(points: Float[Tensor, "*sets point dimension"]) -> OutputLayer:
    """The pseudo-inverse for points from which their mean m is subtracted, with the bias -F⁺m (section 4.3.2)."""
    mean = points.mean(dim=-2, keepdim=True)
    weight = torch.linalg.pinv(points - mean)
    return OutputLayer(weight, -(mean @ weight).squeeze(-2))


def least_squares(points: Float[Tensor, "*sets point dimension"]) -> OutputLayer:
    """The affine map that brings the points closest to the unit vectors, by least squares (section 4.3.3, eq. 4.1)."""
    solution = torch.linalg.pinv(_with_one(points))
    return OutputLayer(solution[..., :-1, :], solution[..., -1, :])


def nearest_point(
    points: Float[Tensor, "*sets point dimension"],
    covariance: Float[Tensor, "*sets dimension dimension"] | None = None,
) -> OutputLayer:
    """The affine map whose largest output is that of the nearest point; it classifies every set of distinct points.

    points: the points of each set.
    covariance: of Gaussian noise around each point. With it the outputs are the log-posteriors of equally likely
    classes, up to a term that all have in common, so that no other output layer is better (linear discriminant
    analysis).
    """
    scaled = points if covariance is None else torch.linalg.solve(covariance, points.mT).mT
    return OutputLayer(scaled.mT.contiguous(), -(scaled * points).sum(dim=-1) / 2)


def nearest_direction(points: Float[Tensor, "*sets point dimension"]) -> OutputLayer:
    """The linear map, without bias, whose largest output is that of the nearest direction from the origin.

    It classifies every set of points of which no two lie on one ray. No linear map classifies the other sets.
    """
    weight = torch.nn.functional.normalize(points, dim=-1).mT.contiguous()
    return OutputLayer(weight, torch.zeros_like(weight[..., 0, :]))


def classifies(layer: OutputLayer, points: Float[Tensor, "*sets point dimension"]) -> Bool[Tensor, "*sets"]:
    """Whether, for every point, its own output is strictly the largest (hard max, section 4.3.4)."""
    outputs = layer(points)  # (set, point, output)
    own = outputs.diagonal(dim1=-2, dim2=-1)
    return (own > _others(outputs).amax(dim=-1)).all(dim=-1)


def pseudo_inverse_succeeds(
    points: Float[Tensor, "set point dimension"], *, affine: bool = False
) -> Bool[Tensor, " set"]:
    """:func:`classifies` for :func:`pseudo_inverse`, computed for very many sets.

    points: the points of each set.
    affine: whether to use :func:`least_squares` instead.

    The outputs for the points are the columns of the projector V (VᵀV)⁻¹ Vᵀ (eq. 4.2). Most sets fail at the point with
    the smallest diagonal entry; to find that out takes only one row of the projector.
    """
    v = _with_one(points) if affine else points
    images = v @ torch.linalg.inv(v.mT @ v)  # (set, point, dimension); solve() would take four times as long
    own = (images * v).sum(dim=-1)
    smallest = own.argmin(dim=-1, keepdim=True)  # (set, 1)
    row = (v @ images.take_along_dim(smallest[..., None], dim=-2).mT).squeeze(-1)  # (set, point)
    row.scatter_(-1, smallest, -torch.inf)
    succeeds = row.amax(dim=-1) < own.take_along_dim(smallest, dim=-1).squeeze(-1)
    left = succeeds.nonzero().squeeze(-1)
    projector = v[left] @ images[left].mT
    succeeds[left] = (own[left] > _others(projector).amax(dim=-1)).all(dim=-1)
    return succeeds


def convex_position_in_square(points: int) -> float:
    """Probability that uniform points in a square are in convex position: (C(2n-2, n-1) / n!)² (Valtr, 1995).

    It is an upper bound for the pseudo-inverse in the plane: if that succeeds, for each point some linear function is
    largest at this point alone, so that it is a corner of the convex hull. Raises ValueError for no points.
    """
    if points < 1:
        raise ValueError(f"points = {points}: at least one point is needed.")
    return (comb(2 * points - 2, points - 1) / factorial(points)) ** 2


def crossings(points: Float[Tensor, "*sets point 2"]) -> Float[Tensor, "*sets"]:
    """How often the polyline through the points crosses itself; neighbouring segments are not compared."""
    start, end = points[..., :-1, :], points[..., 1:, :]  # (segment, 2)
    # the side of segment i (row) on which start and end of segment j (column) lie
    apart = _side(start, end, start) * _side(start, end, end) < 0
    segments = torch.arange(start.shape[-2], device=points.device)
    later = segments[None, :] > segments[:, None] + 1
    return (apart & apart.mT & later).sum(dim=(-2, -1)).to(points.dtype)


def _side(
    start: Float[Tensor, "*sets segment 2"],
    end: Float[Tensor, "*sets segment 2"],
    point: Float[Tensor, "*sets other 2"],
) -> Float[Tensor, "*sets segment other"]:
    along = (end - start).unsqueeze(-2)
    to = point.unsqueeze(-3) - start.unsqueeze(-2)
    return along[..., 0] * to[..., 1] - along[..., 1] * to[..., 0]


def _with_one(points: Float[Tensor, "*sets point dimension"]) -> Float[Tensor, "*sets point extended"]:
    return torch.cat([points, torch.ones_like(points[..., :1])], dim=-1)


def _others(outputs: Float[Tensor, "*sets point output"]) -> Float[Tensor, "*sets point output"]:
    """The outputs, with each point's own output excluded from the maximum."""
    own = torch.eye(outputs.shape[-1], dtype=torch.bool, device=outputs.device)
    return outputs.masked_fill(own, -torch.inf)
