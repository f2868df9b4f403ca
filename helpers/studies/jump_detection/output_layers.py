"""Output layers written down instead of trained: which points of a narrow layer can be told apart, and how.

A set of n points in p dimensions stands for the classes' images in a bottleneck; an output layer classifies the
set when the largest of its n outputs belongs, for every point, to that point (jump detection study, section 4.3).
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
    """The Moore-Penrose inverse of the map that takes unit vectors to the points; no bias (section 4.3.4)."""
    weight = torch.linalg.pinv(points)
    return OutputLayer(weight, torch.zeros_like(weight[..., 0, :]))


def centred_pseudo_inverse(points: Float[Tensor, "*sets point dimension"]) -> OutputLayer:
    """The same for points moved to their mean m, with the bias -F⁺m (section 4.3.2)."""
    mean = points.mean(dim=-2, keepdim=True)
    weight = torch.linalg.pinv(points - mean)
    return OutputLayer(weight, -(mean @ weight).squeeze(-2))


def least_squares(points: Float[Tensor, "*sets point dimension"]) -> OutputLayer:
    """The affine map that takes the points nearest to the unit vectors, in least squares (section 4.3.3, eq. 4.1)."""
    solution = torch.linalg.pinv(_with_one(points))
    return OutputLayer(solution[..., :-1, :], solution[..., -1, :])


def nearest_point(
    points: Float[Tensor, "*sets point dimension"],
    covariance: Float[Tensor, "*sets dimension dimension"] | None = None,
) -> OutputLayer:
    """The affine map whose largest output belongs to the nearest point; for distinct points it is always right.

    covariance: of Gaussian noise around each point; then the outputs are the log-posteriors of equally likely
    classes, up to a term common to all, so that no other readout places better (linear discriminant analysis).
    """
    scaled = points if covariance is None else torch.linalg.solve(covariance, points.mT).mT
    return OutputLayer(scaled.mT.contiguous(), -(scaled * points).sum(dim=-1) / 2)


def nearest_direction(points: Float[Tensor, "*sets point dimension"]) -> OutputLayer:
    """The linear map, without bias, whose largest output belongs to the nearest direction from the origin.

    It is right for every set of points of which no two lie on one ray, and where two do, no linear map is.
    """
    weight = torch.nn.functional.normalize(points, dim=-1).mT.contiguous()
    return OutputLayer(weight, torch.zeros_like(weight[..., 0, :]))


def classifies(layer: OutputLayer, points: Float[Tensor, "*sets point dimension"]) -> Bool[Tensor, "*sets"]:
    """Whether every point's own output is strictly the largest (hard max, section 4.3.4)."""
    outputs = layer(points)  # (set, point, output)
    own = outputs.diagonal(dim1=-2, dim2=-1)
    return (own > _others(outputs).amax(dim=-1)).all(dim=-1)


def pseudo_inverse_succeeds(
    points: Float[Tensor, "set point dimension"], *, affine: bool = False
) -> Bool[Tensor, " set"]:
    """:func:`classifies` for :func:`pseudo_inverse`, or :func:`least_squares` if ``affine``, for very many sets.

    The points' images are the columns of the projector V (VᵀV)⁻¹ Vᵀ (eq. 4.2). Most sets fail at the point with
    the smallest diagonal entry, which costs a row of the projector only.
    """
    v = _with_one(points) if affine else points
    images = v @ torch.linalg.inv(v.mT @ v)  # (set, point, dimension); solve() takes four times as long
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
    """Probability that uniform points of a square are in convex position: (C(2n-2, n-1) / n!)² (Valtr, 1995).

    A bound for the pseudo-inverse in the plane: where it succeeds, each point is the only one at which some linear
    function is largest, hence a corner of the points' convex hull. Raises ValueError without a point.
    """
    if points < 1:
        raise ValueError(f"points = {points}: at least one point is needed.")
    return (comb(2 * points - 2, points - 1) / factorial(points)) ** 2


def crossings(points: Float[Tensor, "*sets point 2"]) -> Float[Tensor, "*sets"]:
    """How often the polyline through the points crosses itself; neighbouring segments do not count."""
    start, end = points[..., :-1, :], points[..., 1:, :]  # (segment, 2)
    # on which side of segment i (row) do start and end of segment j (column) lie?
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
    """The outputs with each point's own taken out of the competition."""
    own = torch.eye(outputs.shape[-1], dtype=torch.bool, device=outputs.device)
    return outputs.masked_fill(own, -torch.inf)
