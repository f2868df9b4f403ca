"""What the page on optimised images writes to the table of units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.pages.unit_table import Column
from helpers.studies.googlenet_neurons.kernel_rings import percentile
from helpers.studies.googlenet_neurons.natural_extremes import EXCITING, NaturalExtremes
from helpers.studies.googlenet_neurons.optimisation_statements import by_block
from helpers.studies.googlenet_neurons.optimised import MAXIMUM, MINIMUM
from helpers.studies.googlenet_neurons.optimising import Optimised
from helpers.studies.googlenet_neurons.subject import Subject

_NOT = "the unit is not in the sample"
_RANDOM = "share of {units} of the layer in networks with random weights whose {what} is lower, equal ones counted half"
_FEW = "the units with optimised images"
_NONE = f"{_NOT}, or its layer has none there"

COLUMNS = {
    "optimised_maximum": Column(
        meaning="mean response before the ReLU to the image optimised for the maximum", missing=_NOT
    ),
    "optimised_minimum": Column(
        meaning="mean response before the ReLU to the image optimised for the minimum", missing=_NOT
    ),
    "optimised_maximum_percentile": Column(meaning=_RANDOM.format(units=_FEW, what="maximum"), missing=_NONE),
    "optimised_minimum_percentile": Column(meaning=_RANDOM.format(units=_FEW, what="minimum"), missing=_NONE),
    "optimised_over_natural": Column(
        meaning="largest response to the optimised image over that to the strongest natural image, behind the ReLU",
        missing=f"{_NOT}, or nothing excites it",
        infinite="no natural image excites the unit",
    ),
    "optimised_over_natural_percentile": Column(
        meaning=_RANDOM.format(units=_FEW, what="ratio"), missing=f"{_NONE}, or nothing excites it"
    ),
    "optimised_restarts": Column(
        meaning="how often the ascent to the maximum and the minimum had to begin anew", missing=_NOT
    ),
}

Measures = dict[str, Float[Tensor, " _"]]  # by column without "_percentile"


def values(
    seen: Subject,
    found: Mapping[str, Optimised],
    ratios: Mapping[str, Float[Tensor, " unit"]],
    random: Mapping[str, Measures],
) -> dict[str, Float[Tensor, " all_units"]]:
    """The columns of all units, in the order of the branches; NaN where there is no value.

    found: the optimised images by block. ratios: optimised over natural response, by block. random: the measures of
    networks with random weights by block, from :func:`of_random`.
    """
    columns = {name: torch.full((seen.units,), float("nan")) for name in COLUMNS}
    for name, each in found.items():
        where = _places(seen, name, each)
        measures = {
            "optimised_maximum": each.score[:, MAXIMUM, 0],
            "optimised_minimum": each.score[:, MINIMUM, 0],
            "optimised_over_natural": ratios[name],
        }
        for column, own in measures.items():
            columns[column][where] = own
            if len(others := random.get(name, {}).get(column, torch.zeros(0))):
                columns[f"{column}_percentile"][where] = percentile(own, others).masked_fill(own.isnan(), torch.nan)
        columns["optimised_restarts"][where] = each.restarts.sum(1).float()
    return columns


def of_random(seen: Subject, draws: Iterable[tuple[Optimised, Optimised, NaturalExtremes]]) -> dict[str, Measures]:
    """The measures of units of networks with random weights, of all draws together, by block.

    draws: the images for the maximum and, with them alone, for the minimum, of the same units, which count through all
    branches; and what these units answer to natural images. A measure that a unit has not is left out.
    """
    tables: dict[str, list[Tensor]] = {}
    for maxima, minima, natural in draws:
        best = natural.value[EXCITING, natural.rows(maxima.unit)].nan_to_num(0).amax(1).clamp(min=0)
        ratio = maxima.peak[:, MAXIMUM, 0].clamp(min=0) / best
        measures = torch.stack([maxima.score[:, MAXIMUM, 0], minima.score[:, 0, 0], ratio], dim=1)
        for block, rows in by_block(seen, maxima, measures).items():
            tables.setdefault(block, []).append(rows)
    names = ("optimised_maximum", "optimised_minimum", "optimised_over_natural")
    columns = {block: dict(zip(names, torch.cat(rows).T, strict=True)) for block, rows in tables.items()}
    return {block: {name: own[~own.isnan()] for name, own in each.items()} for block, each in columns.items()}


def _places(seen: Subject, name: str, each: Optimised) -> Tensor:
    """Where the units of a block's sample stand among those of all branches."""
    places = []
    for number in each.unit.tolist():
        branch = next(b for b in seen.block(name).branches if b.first <= number < b.first + b.units)
        places.append(seen.places(branch).start + number - branch.first)
    return torch.tensor(places)
