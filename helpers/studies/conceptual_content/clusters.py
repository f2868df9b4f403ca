"""How many clusters points have, judged by what one cluster of the same mean and covariance would show.

Points are split by Ward's tree into two, three or four clusters; the split with the largest mean silhouette
(Rousseeuw 1987) counts. One elongated cluster can be split as well, so a silhouette says nothing by itself: as for
SigClust (Liu et al. 2008), draws from a Gaussian of the same mean and covariance say how large it becomes without
clusters.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

AXES = 10  # principal components of the points that are kept
MOST = 4  # clusters
SMALLEST = 0.1  # share of the points in the smallest cluster: single outliers are no cluster
LEVEL = 0.05  # of the p-value from which on there is more than one cluster
_NO_SPLIT = 0.0  # the silhouette of points that lie between clusters

Sets = Float[Tensor, "set point axis"]


class Split(NamedTuple):
    """The best split of each set of points; a silhouette of 0 where every split leaves a cluster too small."""

    silhouette: Float[Tensor, " set"]
    clusters: Int[Tensor, " set"]


class Clusters(NamedTuple):
    """What a set has beyond one Gaussian cluster.

    number: of clusters; 1 where the p-value is above ``LEVEL``.
    excess: of the silhouette over the mean of the draws, in their standard deviations.
    p: share of the draws, the set itself included, with a silhouette that is as large.
    """

    number: Int[Tensor, " set"]
    silhouette: Float[Tensor, " set"]
    excess: Float[Tensor, " set"]
    p: Float[Tensor, " set"]


def principal(points: Sets, *, axes: int = AXES) -> Float[Tensor, "set point component"]:
    """The first principal components of each set, centred; fewer where there are fewer points or axes."""
    u, spread, _ = torch.linalg.svd(_centred(points), full_matrices=False)
    return (u * spread[:, None])[..., :axes]


def gaussian_like(points: Sets, *, draws: int, generator: torch.Generator) -> Float[Tensor, "set draw point component"]:
    """As many points from a Gaussian with the mean and covariance of each set, in its principal axes."""
    sets, count, _ = points.shape
    spread = torch.linalg.svdvals(_centred(points)) / (count - 1) ** 0.5  # (set, axis)
    noise = torch.randn(sets, draws, count, spread.shape[1], generator=generator, dtype=torch.double)
    return noise * spread[:, None, None]


def best_split(points: Sets) -> Split:
    """The split of Ward's tree into 2 to ``MOST`` clusters with the largest mean silhouette."""
    from scipy.cluster.hierarchy import linkage  # imported here because it takes a second

    trees = np.stack([linkage(each, "ward") for each in points.double().numpy()])
    distance = torch.cdist(points.double(), points.double())
    found = torch.stack([silhouettes(distance, torch.from_numpy(each)) for each in cuts(trees)])  # (number, set)
    best = found.max(dim=0)
    return Split(best.values, best.indices + 2)


def cuts(trees: Float[np.ndarray, "set merge 4"]) -> Int[np.ndarray, "number set point"]:
    """The clusters of each point, from 0 on, when SciPy's trees are cut into 2 to ``MOST`` clusters; all sets at once.

    Merges are in the order of their heights, so a tree is cut by undoing the last ones.
    """
    sets, merges, _ = trees.shape
    points, each = merges + 1, np.arange(len(trees))
    inside = np.zeros((sets, points + merges, points), dtype=bool)  # which points each node holds
    inside[:, :points] = np.eye(points, dtype=bool)
    first, second = trees[..., 0].astype(int), trees[..., 1].astype(int)
    for merge in range(merges):
        inside[:, points + merge] = inside[each, first[:, merge]] | inside[each, second[:, merge]]
    label, found = np.zeros((sets, points), dtype=np.int64), []
    for number in range(1, MOST):
        label = np.where(inside[each, second[:, merges - number]], number, label)
        found.append(label)
    return np.stack(found)


def silhouettes(distance: Float[Tensor, "set point point"], label: Int[Tensor, "set point"]) -> Float[Tensor, " set"]:
    """The mean silhouette of each set; 0 where a cluster has less than ``SMALLEST`` of the points.

    A point's silhouette is (b - a) / max(a, b): a is its mean distance to the others of its cluster, b that to the
    nearest other cluster; it is 0 for a cluster of one point.
    """
    member = torch.nn.functional.one_hot(label, MOST).double()  # (set, point, cluster)
    size = member.sum(dim=1)  # (set, cluster)
    total = distance @ member
    own = member.bool()
    inside = total[own].reshape(label.shape) / (size.gather(1, label) - 1).clamp(min=1)
    other = (total / size[:, None]).nan_to_num(nan=torch.inf).masked_fill(own, torch.inf).amin(dim=2)
    each = ((other - inside) / torch.maximum(inside, other)).nan_to_num(0, 0, 0)
    alone = size.gather(1, label) == 1
    mean = each.masked_fill(alone, 0).mean(dim=1)
    smallest = size.masked_fill(size == 0, torch.inf).amin(dim=1)
    split = (smallest >= SMALLEST * label.shape[1]) & ((size > 0).sum(dim=1) > 1)
    return mean.masked_fill(~split, _NO_SPLIT)


def clusters(points: Sets, *, draws: int, generator: torch.Generator) -> Clusters:
    """How many clusters each set has beyond one, calibrated by ``draws`` Gaussian sets of its mean and covariance."""
    kept = principal(points)
    found = best_split(kept)
    null = best_split(gaussian_like(kept, draws=draws, generator=generator).flatten(0, 1)).silhouette
    null = null.unflatten(0, (len(points), draws))
    p = (1 + (null >= found.silhouette[:, None]).sum(dim=1)).double() / (1 + draws)
    excess = (found.silhouette - null.mean(dim=1)) / null.std(dim=1)
    number = found.clusters.masked_fill(p > LEVEL, 1)
    return Clusters(number, found.silhouette, excess.nan_to_num(0, 0, 0), p)


def _centred(points: Sets) -> Sets:
    return points.double() - points.double().mean(dim=1, keepdim=True)
