"""How two partitions agree, how well one separates points, how many clusters points have, and how round they lie.

The points are few (hundreds), so tables of all pairs fit in memory.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.errors import BadInput

Points = Float[Tensor, "point axis"]
Labels = Int[Tensor, " point"]


class ClustersError(BadInput):
    """Labels or points for which a measure of clusters means nothing."""


class Gaps(NamedTuple):
    """The gap statistic for 1, 2, ... clusters (Tibshirani et al. 2001), and its error over the draws."""

    gap: Float[Tensor, " number"]
    error: Float[Tensor, " number"]

    @property
    def clusters(self) -> int:
        """The smallest number whose gap is at least that of the next number minus its error; else the largest."""
        enough = self.gap[:-1] >= self.gap[1:] - self.error[1:]
        return int(enough.nonzero()[0]) + 1 if enough.any() else len(self.gap)


def adjusted_rand_index(one: Int[Tensor, " point"], other: Int[Tensor, " other_point"]) -> float:
    """How far two partitions of the same points agree: 1 if they are the same, 0 on average by chance.

    Hubert and Arabie 1985. The names of the clusters do not matter. Raises ClustersError for partitions of different
    numbers of points.
    """
    if one.shape != other.shape:
        raise ClustersError(f"Partitions of {len(one)} and {len(other)} points cannot be compared.")
    _, rows = one.unique(return_inverse=True)
    _, columns = other.unique(return_inverse=True)
    table = torch.zeros(int(rows.max()) + 1, int(columns.max()) + 1, dtype=torch.double)
    table.index_put_((rows, columns), torch.ones(len(one), dtype=torch.double), accumulate=True)
    both, a, b = (float(_pairs(each).sum()) for each in (table, table.sum(dim=1), table.sum(dim=0)))
    expected = a * b / max(1.0, len(one) * (len(one) - 1) / 2)
    most = (a + b) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)


def silhouette(distance: Float[Tensor, "point point"], label: Labels) -> Float[Tensor, " point"]:
    """Rousseeuw's silhouette (1987) of each point: (b - a) / max(a, b), 0 for the only point of a cluster.

    a is the mean distance to the other points of the cluster, b that to the points of the nearest other cluster. All
    are 0 where there is one cluster.
    """
    names, own = label.unique(return_inverse=True)
    if len(names) < 2:
        return torch.zeros(len(label), dtype=torch.double)
    member = torch.nn.functional.one_hot(own, len(names)).double()  # (point, cluster)
    size = member.sum(dim=0)
    total = distance.double() @ member
    inside = total.gather(1, own[:, None])[:, 0] / (size[own] - 1).clamp(min=1)
    outside = (total / size).masked_fill(member.bool(), torch.inf).amin(dim=1)
    found = ((outside - inside) / torch.maximum(inside, outside)).nan_to_num(0, 0, 0)
    return found.masked_fill(size[own] == 1, 0)


def sorted_shares(label: Labels) -> Float[Tensor, " cluster"]:
    """The shares of the points in the clusters, the largest first: the order of clusters means nothing."""
    return (label.unique(return_counts=True)[1].double() / len(label)).sort(descending=True).values


def total_variation(one: Float[Tensor, " a"], other: Float[Tensor, " b"]) -> float:
    """Half the sum of the absolute differences of two lists of shares; the shorter one ends in zeros."""
    longest = max(len(one), len(other))
    padded = [torch.nn.functional.pad(each.double(), (0, longest - len(each))) for each in (one, other)]
    return float((padded[0] - padded[1]).abs().sum() / 2)


def radial_variation(points: Points) -> float:
    """Standard deviation of the distances from the mean point over their mean: 0 for a circle, 0.35 for a disc."""
    radius = (points.double() - points.double().mean(dim=0)).norm(dim=1)
    return float(radius.std(correction=0) / radius.mean())


def filled_centre(points: Points) -> float:
    """Share of the points within half the median distance from the mean point: 0 for a circle, 0.125 for a disc."""
    radius = (points.double() - points.double().mean(dim=0)).norm(dim=1)
    return float((radius < radius.median() / 2).double().mean())


def ward_tree(points: Points) -> Float[np.ndarray, "merge 4"]:
    """SciPy's tree of Ward's method, which joins the two clusters that raise the sum of squares least."""
    from scipy.cluster.hierarchy import linkage  # imported here because it takes a second

    return linkage(points.double().numpy(), "ward")


def cut(tree: Float[np.ndarray, "merge 4"], clusters: int) -> Labels:
    """The cluster of each point, from 0, where a tree is cut into this many clusters, or as many as it has points."""
    from scipy.cluster.hierarchy import cut_tree

    found = cut_tree(tree, n_clusters=min(clusters, len(tree) + 1))[:, 0]
    return torch.from_numpy(found.astype(np.int64))


def widest_step(tree: Float[np.ndarray, "merge 4"], most: int) -> int:
    """The number of clusters, from 2 to ``most``, at which the heights of two neighbouring merges differ most.

    This is how a cut is read off a dendrogram. A tree of fewer points allows fewer clusters.
    """
    heights = tree[::-1, 2]  # the last merge, into one cluster, first
    steps = heights[:-1] - heights[1:]  # the k-th: what the cut into k + 2 clusters spans
    return int(np.argmax(steps[: most - 1])) + 2


def gap_statistic(points: Points, *, most: int, draws: int, generator: torch.Generator) -> Gaps:
    """The gap statistic of Ward's clusters; draws are uniform in the box of the points' principal axes.

    most: the largest number of clusters, fewer than there are points.
    """
    centred = points.double() - points.double().mean(dim=0)
    axes = centred @ torch.linalg.svd(centred, full_matrices=False)[2].T
    low, high = axes.amin(dim=0), axes.amax(dim=0)
    own = _log_spreads(axes, most)
    uniform = torch.rand(draws, *axes.shape, generator=generator, dtype=torch.double)
    drawn = torch.stack([_log_spreads(low + each * (high - low), most) for each in uniform])
    error = drawn.std(dim=0, correction=0) * (1 + 1 / draws) ** 0.5
    return Gaps(drawn.mean(dim=0) - own, error)


def _log_spreads(points: Points, most: int) -> Float[Tensor, " number"]:
    """The logarithm of the sum of squares within Ward's clusters, for 1 to ``most`` clusters.

    The sum of squares of all is half that of the squared heights of all merges; a cut undoes the last ones.
    """
    squares = torch.from_numpy(np.cumsum(ward_tree(points)[:, 2] ** 2 / 2))
    return squares.flip(0)[:most].log()


def _pairs(counts: Float[Tensor, "*cell"]) -> Float[Tensor, "*cell"]:
    return counts * (counts - 1) / 2
