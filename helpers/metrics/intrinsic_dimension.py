"""How many dimensions a cloud of points has locally: the TwoNN estimate of Facco et al. (2017).

Scientific Reports 7, 12140. Where points are spread evenly over d dimensions, the ratio mu of a point's distances to
its second and to its first neighbour has the distribution F(mu) = 1 - mu^-d, whatever the density.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

_ROWS = 1_024  # points whose distances to all others are in memory at once


def two_nn_dimension(points: Float[Tensor, "set point coordinate"], *, discarded: float = 0.1) -> Float[Tensor, " set"]:
    """The intrinsic dimension of each set of points.

    It is the slope of -log(1 - F(mu)) against log(mu), of a line through the origin, as in the paper. In high
    dimensions the estimate is too low, since there are never enough points: compare it with that of other points, as
    many of them and with as many coordinates.

    discarded: the share of points with the largest mu that is left out, as in the paper.

    A point that lies where another one does is left out, together with that one; NaN for a set in which fewer than two
    points remain. Raises ValueError for fewer than three points and for a share outside 0 <= discarded < 1.
    """
    if points.shape[1] < 3:
        raise ValueError(f"{points.shape[1]} points: at least 3 are needed for the distances to two neighbours")
    if not 0 <= discarded < 1:
        raise ValueError(f"discarded = {discarded} is not a share: 0 <= discarded < 1 is needed")
    return torch.stack([_slope(_log_ratios(one), discarded) for one in points])


def _log_ratios(points: Float[Tensor, "point coordinate"]) -> Float[Tensor, " kept"]:
    """log(mu) of every point, in ascending order."""
    near = []
    for first in range(0, len(points), _ROWS):
        part = points[first : first + _ROWS]
        # exact differences: the expansion of the square loses the digits that a small distance needs
        distances = torch.cdist(part, points, compute_mode="donot_use_mm_for_euclid_dist")
        row = torch.arange(len(part), device=points.device)
        distances[row, row + first] = torch.inf  # no point is its own neighbour
        near.append(distances.topk(2, dim=1, largest=False).values.double())
    first_distance, second_distance = torch.cat(near).unbind(1)
    apart = first_distance > 0
    return (second_distance[apart] / first_distance[apart]).log().sort().values


def _slope(log_ratios: Float[Tensor, " point"], discarded: float) -> Float[Tensor, ""]:
    """The slope through the origin of -log(1 - F) against log(mu); F is the share of points up to each."""
    count = len(log_ratios)
    kept = min(int(count * (1 - discarded)), count - 1)  # at the largest, 1 - F is 0
    if kept < 1:
        return log_ratios.new_full((), torch.nan)
    x = log_ratios[:kept]
    share = torch.arange(1, kept + 1, device=x.device, dtype=x.dtype) / count
    return -(x * (1 - share).log()).sum() / x.square().sum()
