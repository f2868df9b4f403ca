"""What page 5 writes to the table of units: how a unit's weights and responses differ at borders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.pages.unit_table import Column
from helpers.studies.googlenet_neurons.border_lines import INSIDE, SIDES
from helpers.studies.googlenet_neurons.border_paddings import KINDS
from helpers.studies.googlenet_neurons.border_units import Borders
from helpers.studies.googlenet_neurons.stages.border_responses import CONTROLS

_NONE = "no padding, or a map without a position that no padding reaches"
_PIECE = "no padding, or in a piece of the images no position that no padding reaches"
_SHUFFLED = "share of scores of kernels of its branch, shuffled over positions, that lie below the larger score"
_RANDOM = "share of units of its branch, in networks with random weights, that lie below {what}"

COLUMNS = {
    "border_score_columns": Column(
        meaning="largest minus smallest Kolmogorov-Smirnov distance of the kernel's columns"
    ),
    "border_score_rows": Column(meaning="the same of its rows"),
    "border_score_percentile": Column(meaning=_SHUFFLED),
    "border_odd_direction": Column(meaning="columns or rows: which have the larger score"),
    "border_odd_line": Column(meaning="number of the odd column or row, from 0"),
    "border_odd_side": Column(meaning="side at which the odd line lies, or inside"),
    "border_flagged": Column(meaning="whether columns or rows reach the study's threshold"),
    "border_distance": Column(
        meaning="largest Kolmogorov-Smirnov distance of the responses along a side from those inside", missing=_NONE
    ),
    "border_distance_percentile": Column(meaning=_RANDOM.format(what="this distance"), missing=_NONE),
    "border_shift_distance": Column(
        meaning="largest distance of the responses along a side from those to the same content away from it",
        missing=_PIECE,
    ),
    "border_shift_percentile": Column(meaning=_RANDOM.format(what="this distance"), missing=_PIECE),
    "border_padding_change": Column(
        meaning="largest change of the mean along a side when copies replace the zeros",
        unit="standard deviations inside",
        missing=_NONE,
    ),
    "border_padding_percentile": Column(meaning=_RANDOM.format(what="this change"), missing=_NONE),
}


def of_units(borders: Borders) -> dict[str, Any]:
    """The values of all columns, for the units of the branches in ``borders``."""
    lines, answers, controls = borders.lines, borders.answers, borders.controls
    distance = answers.distance[:, 0].amax(dim=1)
    shift = answers.shifted_distance.amax(dim=1)
    copies = KINDS.index("replicate")
    change = (answers.moved[:, 0] - answers.moved[:, copies]).abs().amax(dim=1)
    beside = {
        "distance": [each.distance[:, 0].amax(dim=1) for each in controls],
        "shift": [each.shifted_distance.amax(dim=1) for each in controls],
        "change": [
            (each.moved[:, 0] - each.moved[:, CONTROLS.index("replicate")]).abs().amax(dim=1) for each in controls
        ],
    }
    directions = [("columns", "rows")[k] for k in lines.direction.tolist()]
    sides = ["inside" if k == INSIDE else SIDES[k] for k in lines.side.tolist()]
    return {
        "border_score_columns": lines.score[:, 0],
        "border_score_rows": lines.score[:, 1],
        "border_score_percentile": percentiles(borders, lines.best.float(), list(borders.shuffles.float())),
        "border_odd_direction": directions,
        "border_odd_line": lines.odd_line,
        "border_odd_side": sides,
        "border_flagged": lines.flagged(),
        "border_distance": distance,
        "border_distance_percentile": percentiles(borders, distance, beside["distance"]),
        "border_shift_distance": shift,
        "border_shift_percentile": percentiles(borders, shift, beside["shift"]),
        "border_padding_change": change,
        "border_padding_percentile": percentiles(borders, change, beside["change"]),
    }


def percentiles(
    borders: Borders, values: Float[Tensor, " unit"], controls: Sequence[Float[Tensor, " unit"]]
) -> Float[Tensor, " unit"]:
    """The share of the controls of a unit's branch that lie below its value; NaN without a value or a control."""
    found = torch.full_like(values, torch.nan)
    for place in borders.places.values():
        beside = torch.cat([each[place] for each in controls]) if controls else values[:0]
        beside = beside[~beside.isnan()].sort().values
        if len(beside):
            below = torch.searchsorted(beside, values[place].contiguous()).to(values) / len(beside)
            found[place] = torch.where(values[place].isnan(), torch.nan, below)
    return found
