"""Loops in a cloud of points: persistent homology of dimension one, by Ripser.

Points are joined as a distance grows. A loop is born when it closes and dies when it is filled; the bar from birth to
death is long for a ring, and short for noise.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

_PRIME = 47  # the field in which cocycles are computed; large, so that they lift to whole numbers


class Loop(NamedTuple):
    """The longest loop: its bar, and the angle of each point along it, in radians (0 everywhere without a loop)."""

    birth: float
    death: float
    angle: Float[Tensor, " point"]


def landmarks(points: Float[Tensor, "point axis"], *, count: int, first: int = 0) -> Int[Tensor, " landmark"]:
    """The numbers of points spread over a cloud: each is the one farthest from those before it (greedy maxmin).

    count: at most so many; all points if there are no more. first: the point to begin with.
    """
    chosen = [first]
    nearest = (points - points[first]).norm(dim=1)
    for _ in range(min(count, len(points)) - 1):
        chosen.append(int(nearest.argmax()))
        nearest = torch.minimum(nearest, (points - points[chosen[-1]]).norm(dim=1))
    return torch.tensor(chosen)


def bars(points: Float[Tensor, "point axis"]) -> Float[Tensor, "bar 2"]:
    """Birth and death of every loop, in units of the points, the longest bar first; Vietoris-Rips, Euclidean.

    Fewer than four points make none.
    """
    return _sorted(_ripser(points, with_cocycles=False)["dgms"][1])[0]


def longest_loop(points: Float[Tensor, "point axis"]) -> Loop:
    """The loop with the longest bar, and the circular coordinate of the points (de Silva and others 2011).

    The cocycle of the loop at a distance just below its death is smoothed: the angle is what changes least along the
    edges and still goes round once.
    """
    found = _ripser(points, with_cocycles=True)
    intervals, order = _sorted(found["dgms"][1])
    if not len(intervals):
        return Loop(0.0, 0.0, torch.zeros(len(points)))
    birth, death = intervals[0].tolist()
    distance = torch.cdist(points, points).numpy()
    cocycle = found["cocycles"][1][int(order[0])]
    angle = _angles(distance, cocycle, threshold=birth + 0.99 * (death - birth))
    return Loop(birth, death, torch.from_numpy(angle).float())


def _ripser(points: Float[Tensor, "point axis"], *, with_cocycles: bool) -> dict[str, list[np.ndarray]]:
    from ripser import ripser  # imported here because it loads scikit-learn

    if len(points) < 4:
        return {"dgms": [np.zeros((0, 2))] * 2}
    distance = torch.cdist(points, points).numpy()
    found: dict[str, list[np.ndarray]] = ripser(
        distance, distance_matrix=True, maxdim=1, coeff=_PRIME if with_cocycles else 2, do_cocycles=with_cocycles
    )
    return found


def _sorted(intervals: np.ndarray) -> tuple[Float[Tensor, "bar 2"], Int[Tensor, " bar"]]:
    """The bars from long to short, and their order."""
    found = torch.from_numpy(intervals).float()
    order = (found[:, 1] - found[:, 0]).argsort(descending=True, stable=True)
    return found[order], order


def _angles(distance: np.ndarray, cocycle: np.ndarray, *, threshold: float) -> Float[np.ndarray, " point"]:
    """The circular coordinate of a cocycle: its whole numbers on edges, smoothed by least squares."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.linalg import lsqr

    count = len(distance)
    value = np.zeros((count, count))
    a, b, whole = cocycle.T
    whole = np.where(whole > _PRIME // 2, whole - _PRIME, whole)
    value[a, b], value[b, a] = whole, -whole
    start, end = np.nonzero(np.triu(distance <= threshold, 1))
    edge = np.arange(len(start))
    steps = csr_matrix(
        (np.r_[-np.ones(len(edge)), np.ones(len(edge))], (np.r_[edge, edge], np.r_[start, end])), (len(edge), count)
    )
    smooth = lsqr(steps, value[start, end])[0]
    return (2 * np.pi * smooth) % (2 * np.pi)
