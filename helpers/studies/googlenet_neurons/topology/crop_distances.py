"""The two distances that a density crop by k neighbours can mean, for several k at once."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.studies.googlenet_neurons.topology.density import DensityError

READINGS = ("k-th neighbour", "mean of all k")
_ROWS = 2_000  # points whose distances to all others are in memory at a time


def crop_distances(
    points: Float[Tensor, "point axis"], *, neighbours: Sequence[int]
) -> Float[Tensor, "reading number point"]:
    """By ``READINGS``, for each k in ``neighbours``: the distance of each point to its k-th nearest other point, and
    the mean of the distances to its k nearest ones, in units of the points.

    Raises DensityError for more neighbours than there are other points, and for none.
    """
    most = max(neighbours, default=0)
    if not (min(neighbours, default=0) >= 1 and most < len(points)):
        raise DensityError(
            f"{', '.join(map(str, neighbours)) or 'No'} neighbours of each of {len(points)} points are asked for; "
            f"between 1 and {max(len(points) - 1, 0)} are there."
        )
    rows = []
    for start in range(0, len(points), _ROWS):
        distance = torch.cdist(points[start : start + _ROWS], points)
        rows.append(distance.topk(most + 1, largest=False).values[:, 1:])  # a point is its own nearest one
    nearest = torch.cat(rows)  # (point, k)
    place = torch.tensor(neighbours) - 1
    mean = nearest.cumsum(dim=1) / torch.arange(1, most + 1)
    return torch.stack([nearest[:, place].T, mean[:, place].T])
