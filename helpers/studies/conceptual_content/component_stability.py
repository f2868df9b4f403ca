"""Do the components of a unit come back? Matched likeness of components over seeds, bootstraps and their number."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.metrics.similarity import correlation
from helpers.studies.conceptual_content.components import Method, Patches, components

Pictures = Float[Tensor, "*set component channel height width"]
OtherPictures = Float[Tensor, "*set component_ channel height width"]


def matched_likeness(a: Pictures, b: OtherPictures) -> Float[Tensor, "*set"]:
    """Mean absolute correlation of components, each of the smaller set with another one of the larger, 0 to 1.

    The pairs are those whose sum is largest (an assignment problem, by SciPy). NaN where there are no components.
    """
    from scipy.optimize import linear_sum_assignment  # imported here because it takes a second

    one, other = (each.double().flatten(-3) for each in (a, b))
    alike = correlation(one.unsqueeze(-2), other.unsqueeze(-3)).abs()
    there = ~(one.flatten(-2).isnan().any(dim=-1) | other.flatten(-2).isnan().any(dim=-1))
    found = torch.full(there.shape, torch.nan, dtype=torch.double)
    for place in there.nonzero().tolist():
        table = alike[tuple(place)]
        row, column = linear_sum_assignment(table.numpy(), maximize=True)
        found[tuple(place)] = table[row, column].mean()
    return found


def stability(found: Sequence[Pictures]) -> Float[Tensor, "*set"]:
    """Mean of :func:`matched_likeness` over all pairs of repetitions."""
    return torch.stack([matched_likeness(a, b) for a, b in combinations(found, 2)]).mean(dim=0)


def over_seeds(
    patches: Patches, *, count: int, seeds: Sequence[int], method: Method = "independent"
) -> Float[Tensor, "*set"]:
    """The stability of components when only the seed changes."""
    return stability([components(patches, count=count, seed=seed, method=method).pictures for seed in seeds])


def over_bootstraps(
    patches: Patches, *, count: int, draws: int, generator: torch.Generator, method: Method = "independent"
) -> Float[Tensor, "*set"]:
    """The stability of components when the patches are drawn anew, with replacement; the seed stays 0.

    All sets take the same places of their patches.
    """
    number = patches.shape[-4]
    order = torch.randint(max(1, number), (draws, number), generator=generator)
    drawn = patches.index_select(-4, order.flatten()).unflatten(-4, order.shape)  # (*set, draw, patch, ...)
    pictures = components(drawn, count=count, seed=0, method=method).pictures
    return stability(list(pictures.movedim(-5, 0)))
