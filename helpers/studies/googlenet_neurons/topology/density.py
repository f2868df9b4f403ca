"""The dense core of a cloud of points: those whose neighbours are near."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.errors import BadInput

_FEW_AXES = 12  # up to here a tree of points is faster than all distances
_ROWS = 2_000  # points whose distances to all others are in memory at a time


class DensityError(BadInput):
    """Neighbours or a share of the points that cannot be had."""


def neighbour_distance(points: Float[Tensor, "point axis"], *, neighbours: int) -> Float[Tensor, " point"]:
    """The distance of each point to its k-th nearest other point, k being ``neighbours``, in units of the points.

    Raises DensityError for more neighbours than there are other points, and for none.
    """
    count = len(points)
    if not 1 <= neighbours < count:
        raise DensityError(
            f"{neighbours} neighbours of each of {count} points are asked for; between 1 and {max(count - 1, 0)} are "
            "there."
        )
    if points.shape[1] <= _FEW_AXES:
        from scipy.spatial import KDTree  # imported here because only many points need it

        return torch.from_numpy(KDTree(points.numpy()).query(points.numpy(), k=[neighbours + 1])[0][:, 0]).float()
    found = np.empty(count, dtype=np.float32)
    for start in range(0, count, _ROWS):
        distances = torch.cdist(points[start : start + _ROWS], points).numpy()
        # a point is its own nearest one
        found[start : start + _ROWS] = np.partition(distances, neighbours, axis=1)[:, neighbours]
    return torch.from_numpy(found)


def densest(distance: Float[Tensor, " point"], *, kept: float) -> Int[Tensor, " kept"]:
    """The numbers of the points with the smallest distances to their neighbours, in ascending order.

    distance: from :func:`neighbour_distance`.
    kept: the share of the points, above 0 and at most 1; one point at least is kept. Of equal ones the first is.

    Raises DensityError for another share.
    """
    if not 0 < kept <= 1:
        raise DensityError(f"A share of {kept:g} of the points cannot be kept; above 0 and at most 1 can.")
    count = max(1, round(kept * len(distance)))
    return distance.argsort(stable=True)[:count].sort().values
