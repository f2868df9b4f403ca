"""For each unit of interest an ordinary one to compare it with: of the same branch, with the nearest mean response."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from helpers.studies.googlenet_neurons.border_lines import THRESHOLD, Lines
from helpers.studies.googlenet_neurons.subject import Branch

_AT_LEAST = 2  # units that pictures show, whether they reach the threshold or not

Pairs = tuple[Int[Tensor, " pair"], Int[Tensor, " pair"]]


def places_of(branches: Sequence[Branch]) -> dict[str, slice]:
    """Where the units of each branch lie among those of all these branches, by the name of its layer."""
    found, first = dict[str, slice](), 0
    for branch in branches:
        found[branch.layer] = slice(first, first + branch.units)
        first += branch.units
    return found


def matched(
    chosen: Bool[Tensor, " unit"],
    allowed: Bool[Tensor, " unit"],
    mean: Float[Tensor, " unit"],
    places: Mapping[str, slice],
) -> Pairs:
    """The chosen units and, for each, the allowed unit of its branch with the nearest mean response.

    No unit is taken twice; a chosen unit for which none is left is left out.
    """
    pairs = []
    for place in places.values():
        free = [unit for unit in range(place.start, place.stop) if allowed[unit]]
        for own in chosen[place].nonzero().flatten().tolist():
            if not free:
                break
            unit = place.start + own
            nearest = min(free, key=lambda other: abs(float(mean[other] - mean[unit])))
            free.remove(nearest)
            pairs.append((unit, nearest))
    both = torch.tensor(pairs, dtype=torch.long).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def pictured(lines: Lines, mean: Float[Tensor, " unit"], places: Mapping[str, slice], *, most: int) -> Pairs:
    """The units of the highest scores that reach the threshold, ``most`` or fewer, two at least; and their matches."""
    count = max(_AT_LEAST, min(most, int(lines.flagged().sum())))
    chosen = torch.zeros(len(mean), dtype=torch.bool)
    chosen[lines.best.argsort(descending=True)[:count]] = True
    return matched(chosen, ~(chosen | (lines.best >= THRESHOLD)), mean, places)
