"""What the page on optimised images writes to the table of units."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.pages.unit_table import Column
from helpers.studies.googlenet_neurons.image_likeness import place
from helpers.studies.googlenet_neurons.optimised import MAXIMUM, MINIMUM
from helpers.studies.googlenet_neurons.optimising import Optimised
from helpers.studies.googlenet_neurons.subject import Subject

_NOT = "the unit is not in the sample"
_RANDOM = "share of the units of the layer in networks with random weights whose maximum is lower"

COLUMNS = {
    "optimised_maximum": Column(
        meaning="mean response before the ReLU to the image optimised for the maximum", missing=_NOT
    ),
    "optimised_minimum": Column(
        meaning="mean response before the ReLU to the image optimised for the minimum", missing=_NOT
    ),
    "optimised_maximum_percentile": Column(meaning=_RANDOM, missing=f"{_NOT}, or its layer has none there"),
    "optimised_over_natural": Column(
        meaning="largest response to the optimised image over that to the strongest natural image, behind the ReLU",
        missing=f"{_NOT}, or nothing excites it",
        infinite="no natural image excites the unit",
    ),
    "optimised_restarts": Column(
        meaning="how often the ascent to the maximum and the minimum had to begin anew", missing=_NOT
    ),
}


def values(
    seen: Subject,
    found: Mapping[str, Optimised],
    ratios: Mapping[str, Float[Tensor, " unit"]],
    random: Mapping[str, Optimised],
) -> dict[str, Float[Tensor, " all_units"]]:
    """The columns of all units, in the order of the branches; NaN where there is no value.

    found: the optimised images by block. ratios: optimised over natural response, by block. random: those of networks
    with random weights, whose units count through all branches.
    """
    columns = {name: torch.full((seen.units,), float("nan")) for name in COLUMNS}
    beside: dict[str, list[float]] = {}
    for each in random.values():
        for number, score in zip(each.unit.tolist(), each.score[:, MAXIMUM, 0].tolist(), strict=True):
            beside.setdefault(place(seen, number)[0].block, []).append(score)
    for name, each in found.items():
        where = _places(seen, name, each)
        maximum = each.score[:, MAXIMUM, 0]
        columns["optimised_maximum"][where] = maximum
        columns["optimised_minimum"][where] = each.score[:, MINIMUM, 0]
        columns["optimised_over_natural"][where] = ratios[name]
        columns["optimised_restarts"][where] = each.restarts.sum(1).float()
        if others := beside.get(name):
            lower = torch.tensor(others) < maximum[:, None]
            columns["optimised_maximum_percentile"][where] = lower.float().mean(1)
    return columns


def _places(seen: Subject, name: str, each: Optimised) -> Tensor:
    """Where the units of a block's sample stand among those of all branches."""
    places = []
    for number in each.unit.tolist():
        branch = next(b for b in seen.block(name).branches if b.first <= number < b.first + b.units)
        places.append(seen.places(branch).start + number - branch.first)
    return torch.tensor(places)
