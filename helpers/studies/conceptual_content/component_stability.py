"""Do the components of a unit come back? Matched likeness of components over seeds, bootstraps and their number."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.metrics.similarity import correlation
from helpers.studies.conceptual_content.components import Components, ComponentsError, Method, Patches, components

Pictures = Float[Tensor, "component channel height width"]


def matched_likeness(a: Pictures, b: Pictures) -> float:
    """Mean absolute correlation of components, each of the smaller set with another one of the larger, 0 to 1.

    The pairs are those whose sum is largest (an assignment problem, by SciPy).
    """
    from scipy.optimize import linear_sum_assignment  # imported here because it takes a second

    alike = correlation(a.flatten(1)[:, None].double(), b.flatten(1)[None].double()).abs()
    row, column = linear_sum_assignment(alike.cpu().numpy(), maximize=True)
    return float(alike[row, column].mean())


def stability(found: Sequence[Components]) -> float:
    """Mean of :func:`matched_likeness` over all pairs of repetitions."""
    alike = [matched_likeness(a.pictures, b.pictures) for a, b in combinations(found, 2)]
    return sum(alike) / len(alike)


def over_seeds(patches: Patches, *, count: int, seeds: Sequence[int], method: Method = "independent") -> float:
    """The stability of components when only the seed changes."""
    return stability([components(patches, count=count, seed=seed, method=method) for seed in seeds])


def over_bootstraps(
    patches: Patches, *, count: int, draws: int, generator: torch.Generator, method: Method = "independent"
) -> float:
    """The stability of components when the patches are drawn anew, with replacement; the seed stays 0.

    Raises ComponentsError as :func:`components` does.
    """
    if not len(patches):
        raise ComponentsError(f"Of no patches there are no {count} components.")
    orders = torch.randint(len(patches), (draws, len(patches)), generator=generator)
    return stability([components(patches[order], count=count, seed=0, method=method) for order in orders])
