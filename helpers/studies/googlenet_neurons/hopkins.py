"""The Hopkins statistic: whether points lie in clusters, by how far the nearest one is (Hopkins and Skellam 1954)."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.errors import BadInput


class HopkinsError(BadInput):
    """Points for which the statistic means nothing."""


def hopkins(points: Float[Tensor, "point axis"], *, generator: torch.Generator, power: float = 1.0) -> float:
    """U / (U + W): 0.5 for points spread evenly over their box, near 1 for clusters, towards 0 for a grid.

    W: sum over the points of the distance to the nearest other point, to this power. U: the same sum over as many
    places, drawn evenly in the box of the points' principal axes, of the distance to the nearest point. power: Hopkins
    and Skellam have 2, for points of a plane; the sums of many axes to the power of their number are decided by one
    distance. Every point counts once, so that only the places are random. 0.5 if all points are equal.

    Raises HopkinsError for fewer than two points.
    """
    if len(points) < 2:
        raise HopkinsError(
            f"{len(points)} points have no nearest other point; the Hopkins statistic needs two at least."
        )
    from sklearn.neighbors import NearestNeighbors  # imported here because it takes a second

    centred = points.double() - points.double().mean(dim=0)
    own = centred @ torch.linalg.svd(centred, full_matrices=False)[2].T  # (point, principal axis)
    low, high = own.amin(dim=0), own.amax(dim=0)
    places = low + torch.rand(own.shape, generator=generator, dtype=torch.double) * (high - low)
    tree = NearestNeighbors(n_neighbors=2).fit(own.numpy())
    to_other = tree.kneighbors(own.numpy())[0][:, 1]  # a point is its own nearest one
    to_point = tree.kneighbors(places.numpy(), n_neighbors=1)[0][:, 0]
    around, between = float((to_point**power).sum()), float((to_other**power).sum())
    return around / (around + between) if around + between > 0 else 0.5
