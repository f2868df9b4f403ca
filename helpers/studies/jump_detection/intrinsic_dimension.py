"""The intrinsic dimension of points, from their two nearest neighbours (study: jump_detection, 3.1 and 6.4.3)."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor


def two_nn(
    points: Float[Tensor, "set point axis"], *, discarded: float = 0.1, block: int = 1_000
) -> Float[Tensor, " set"]:
    """The dimension of the manifold on which points lie, estimated by TwoNN (Facco et al. 2017), one number per set.

    points: the coordinates.
    discarded: the share of points with the largest ratios that the fit leaves out, as its authors do.
    block: the number of points whose distances to all others are in memory at once.

    The ratio of the distances to the second and the first neighbour has a distribution that depends on the dimension
    alone, where the density changes little between neighbours. Noise fills all dimensions: with much of it the estimate
    is that of the noise. Points that occur twice do not count. Raises ValueError for fewer than 10 distinct points.
    """
    return torch.stack([_dimension(each.double(), discarded, block) for each in points])


def _dimension(points: Float[Tensor, "point axis"], discarded: float, block: int) -> Float[Tensor, ""]:
    points = torch.unique(points, dim=0)
    if len(points) < 10:
        raise ValueError(f"{len(points)} distinct points are too few for a dimension; give at least 10")
    points = points - points.mean(dim=0)
    nearest = [torch.cdist(part, points).topk(3, largest=False).values for part in points.split(block)]
    distance = torch.cat(nearest)[:, 1:]  # without the distance of a point to itself
    ratio = (distance[:, 1] / distance[:, 0]).log().sort().values
    kept = round((1 - discarded) * len(ratio))
    rank = torch.arange(1, kept + 1, dtype=torch.float64, device=points.device) / len(ratio)
    # the slope of a straight line through the origin
    return -(ratio[:kept] * (1 - rank).log()).sum() / ratio[:kept].square().sum()
