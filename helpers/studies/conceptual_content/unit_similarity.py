"""How alike two units are by the classes of their strongest images (section 2.4, figure 5, appendix C)."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float, Int, Shaped
from torch import Tensor

_ORDERED = 512  # units, the most in a layer of VGG16


def correlations(counts: Shaped[Tensor, "*rest unit class"]) -> Float[Tensor, "*rest unit unit"]:
    """Pearson's correlation of all pairs of rows; NaN for a row without variance."""
    centred = counts.double() - counts.double().mean(dim=-1, keepdim=True)
    unit = centred / centred.norm(dim=-1, keepdim=True)
    return (unit @ unit.mT).clamp(-1, 1)


def distances(
    counts: Shaped[Tensor, "*rest unit class"], *, unit_length: bool = False
) -> Float[Tensor, "*rest unit unit"]:
    """Euclidean distance of all pairs of rows.

    unit_length: rows are divided by their length first, so that the number of classes in a row does not set the scale.
    """
    rows = counts.double()
    if unit_length:
        rows = rows / rows.norm(dim=-1, keepdim=True)
    return torch.cdist(rows, rows, compute_mode="donot_use_mm_for_euclid_dist")


def pairs(matrix: Float[Tensor, "*rest unit unit"]) -> Float[Tensor, "*rest pair"]:
    """The entries above the diagonal: every pair of units once."""
    row, column = torch.triu_indices(matrix.shape[-2], matrix.shape[-1], offset=1, device=matrix.device)
    return matrix[..., row, column]


def mean_of_unit(matrix: Float[Tensor, "*rest unit unit"]) -> Float[Tensor, "*rest unit"]:
    """For each unit the mean of its pairs, without the diagonal."""
    units = matrix.shape[-1]
    return (matrix.sum(dim=-1) - matrix.diagonal(dim1=-2, dim2=-1)) / (units - 1)


def clustered_order(distance: Float[Tensor, "unit unit"]) -> Int[Tensor, " unit"]:
    """An order in which like units are neighbours: leaves of average linkage (SciPy), in an optimal order.

    Of more than 512 units the order of the leaves is as it comes: an optimal one would take minutes.
    """
    from scipy.cluster import hierarchy  # imported here because it takes a second, and few pages need it

    if len(distance) == 1:
        return torch.zeros(1, dtype=torch.long)
    tree = hierarchy.linkage(
        pairs(distance).cpu().numpy(), method="average", optimal_ordering=len(distance) <= _ORDERED
    )
    return torch.from_numpy(hierarchy.leaves_list(tree)).long()


class Mantel(NamedTuple):
    """The rank correlation of two matrices over pairs of units, and the share of permutations that reach it."""

    correlation: float
    p: float


def mantel_test(
    a: Float[Tensor, "unit unit"], b: Float[Tensor, "unit unit"], *, permutations: int, generator: torch.Generator
) -> Mantel:
    """Are pairs of units that are alike in one matrix alike in the other? Mantel's test with Spearman's correlation.

    permutations: how often the units of ``b`` are permuted, rows and columns together. The true order counts as one.
    """
    upper = torch.triu_indices(len(a), len(a), offset=1)
    first = _standardised_ranks(pairs(a.cpu()))
    ranks = torch.zeros(len(b), len(b), dtype=torch.double)
    ranks[upper[0], upper[1]] = _standardised_ranks(pairs(b.cpu()))
    ranks = ranks + ranks.mT  # a permutation of units permutes pairs, and leaves their ranks as they are
    found = first @ pairs(ranks) / len(first)
    reached = 1
    for _ in range(permutations):
        order = torch.randperm(len(b), generator=generator)
        reached += int(first @ ranks[order[upper[0]], order[upper[1]]] / len(first) >= found - 1e-12)
    return Mantel(float(found), reached / (1 + permutations))


def _standardised_ranks(values: Float[Tensor, " pair"]) -> Float[Tensor, " pair"]:
    """Ranks of mean 0 and variance 1; ties have their mean rank."""
    ascending = values.sort().values
    ranks = (torch.searchsorted(ascending, values) + torch.searchsorted(ascending, values, right=True)).double()
    ranks = ranks - ranks.mean()
    return ranks / ranks.square().mean().sqrt()
