"""What the claims on readings of the noise are judged by, by the ids of the claims; and what a table of them shows."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.randomness import generator
from helpers.statistics.rank_correlation import rank_correlation
from helpers.studies.googlenet_neurons.border_noise import READINGS
from helpers.studies.googlenet_neurons.border_pass import BorderResponses
from helpers.studies.googlenet_neurons.border_statements import FIRES, Judged
from helpers.studies.googlenet_neurons.border_units import Borders

_BEHIND, _BEFORE = "range", "reduced-range"  # noise from a range, behind the reduce layer and in front of it
_NEAR = 2.0  # times as far

Falls = Float[Tensor, "draw pair"]


class Pairs(NamedTuple):
    """How far the response at a side falls under noise, of flagged units and of the ordinary ones matched to them."""

    flagged: Falls
    ordinary: Falls


def falls(borders: Borders, found: BorderResponses) -> dict[str, Pairs]:
    """By reading; in standard deviations of the responses inside. found: of the stage ``border_noise``."""
    fall = _by_reading(found.moved[:, :1] - found.moved[:, 1:])
    return {reading: _pairs(borders, own) for reading, own in fall.items()}


def silenced(borders: Borders, found: BorderResponses) -> dict[str, tuple[list[float], list[float]]]:
    """By reading, the share of the flagged and of the ordinary units that fire at the side with zeros and not with
    noise, over those that fire with zeros; a number for each draw, none where no unit fires."""
    fires = _by_reading(found.fires[:, 1:])
    zero = _pairs(borders, found.fires[:, :1])
    shares = {}
    for reading, own in fires.items():
        both = zip(_pairs(borders, own), zero, strict=True)
        known = [(noise[:, at[0] >= FIRES], int((at[0] >= FIRES).sum())) for noise, at in both]
        of_flagged, of_ordinary = ((each < FIRES).double().mean(dim=1).tolist() if n else [] for each, n in known)
        shares[reading] = (of_flagged, of_ordinary)
    return shares


def of_noise(fall: Mapping[str, Pairs], *, seed: int) -> Judged:
    """What the claims are judged by: values and floors; fall: of :func:`falls`."""
    found: Judged = {
        f"beyond.noise-{reading}": ({name: own.mean(dim=0) for name, own in pairs._asdict().items()}, None)
        for reading, pairs in fall.items()
        if reading != _BEHIND
    }
    mean = {reading: pairs.flagged.mean(dim=0) for reading, pairs in fall.items()}
    count, random = len(mean[_BEHIND]), generator(seed, "permuted units")
    others = [own for reading, own in mean.items() if reading != _BEHIND]
    every = [torch.cat([pairs.flagged, pairs.ordinary], dim=1) for pairs in fall.values()]
    mixed = [torch.cat([own[:1], own[1:, torch.randperm(2 * count, generator=random)]]) for own in every]
    found["beyond.noise-place"] = (
        _near(mean[_BEFORE], mean[_BEHIND]),
        _near(mean[_BEFORE], mean[_BEHIND].roll(1)),
    )
    found["beyond.noise-readings"] = (
        [rank_correlation(mean[_BEHIND], own) for own in others],
        [rank_correlation(mean[_BEHIND], own[torch.randperm(count, generator=random)]) for own in others],
    )
    found["control.noise-draws"] = ([_least(own) for own in every], [_least(own) for own in mixed])
    return found


def _by_reading(values: Float[Tensor, "unit kind side"]) -> dict[str, Float[Tensor, "unit draw side"]]:
    """The kinds that are noise, apart by reading."""
    apart = values.unflatten(1, (-1, len(READINGS)))  # (unit, draw, reading, side)
    return {reading: apart[:, :, k] for k, reading in enumerate(READINGS)}


def _pairs(borders: Borders, values: Float[Tensor, "unit draw side"]) -> Pairs:
    mine, other = borders.matched()

    def at(units: Tensor) -> Falls:
        return torch.stack([borders.at_side(values[:, draw], units, mine) for draw in range(values.shape[1])])

    return Pairs(at(mine), at(other))


def _near(a: Float[Tensor, " unit"], b: Float[Tensor, " unit"]) -> Float[Tensor, " unit"]:
    """Whether two moves go in the same direction, and none is more than twice as far as the other."""
    return ((a * b > 0) & (a.abs() <= _NEAR * b.abs()) & (b.abs() <= _NEAR * a.abs())).double()


def _least(own: Falls) -> float:
    """The smallest correlation of two draws; 0 where there is one draw."""
    return min((rank_correlation(own[a], own[b]) for a, b in combinations(range(len(own)), 2)), default=0.0)
