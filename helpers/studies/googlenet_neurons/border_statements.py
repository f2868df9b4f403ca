"""What the claims on border-aware units are judged by, by the ids of the claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from sklearn.metrics import cohen_kappa_score
from torch import Tensor

from helpers.randomness import generator
from helpers.statistics.rank_correlation import rank_correlation
from helpers.studies.googlenet_neurons.border_lines import INSIDE
from helpers.studies.googlenet_neurons.border_paddings import KINDS
from helpers.studies.googlenet_neurons.border_units import Borders

THRESHOLDS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4)
FIRES = 0.1  # of the responses at a side; 0.05 inside, by definition
HIGH = 0.9

Values = Mapping[str, Any]
Judged = dict[str, tuple[Any, Any]]  # values and floor, which is None where a claim has none


def counts(borders: Borders, label: Bool[Tensor, " unit"]) -> list[int]:
    """How many units of each block have the label."""
    return [int(sum(label[place].sum() for place in places)) for places in borders.blocks.values()]


def shares(borders: Borders, label: Bool[Tensor, " unit"]) -> list[float]:
    """The share of the units with kernels of each block that have the label."""
    units = [sum(place.stop - place.start for place in places) for places in borders.blocks.values()]
    return [count / unit for count, unit in zip(counts(borders, label), units, strict=True)]


def of_tables(borders: Borders, table_2: Sequence[float], table_4: Sequence[float]) -> Judged:
    """Counts and shares over layers beside the study's; table_2: as shares, table_4: counts."""
    detected, lines = borders.detected(), borders.lines
    by_shift = detected["shifted images"]
    in_mixed4 = torch.cat(
        [torch.full((branch.units,), float(branch.block.startswith("mixed4"))) for branch in borders.branches]
    )
    return {
        "table-2.layers": (rank_correlation(table_2, shares(borders, by_shift)), None),
        "sec-4-1-2.mixed4": (in_mixed4[by_shift], in_mixed4),
        "algorithm-4.and": (int(lines.flagged(both=True).sum()), None),
        "sec-4-2-2.high": (int(lines.flagged(HIGH).sum()), None),
        "table-4.layers": (rank_correlation(table_4, counts(borders, lines.flagged())), None),
        "table-4.total": (int(lines.flagged().sum()), None),
    }


def of_lines(borders: Borders) -> Judged:
    """Which line is odd, in which channels, and what shuffled and random kernels give."""
    flagged, (mine, other) = borders.lines.flagged(), borders.matched()
    outer = (borders.lines.side != INSIDE).double()
    sizes = {
        size: [
            place
            for branch, place in zip(borders.branches, borders.places.values(), strict=True)
            if branch.size == (edge, edge)
        ]
        for size, edge in (("3x3", 3), ("5x5", 5))
    }

    def by_size(values: Tensor) -> dict[str, list[float]]:
        return {size: [float(values[place].double().mean()) for place in places] for size, places in sizes.items()}

    return {
        "sec-4-1-2.outer": (outer[flagged], outer[~flagged]),
        "sec-4-1-2.every-channel": (borders.channels[mine], borders.channels[other]),
        "control.shuffled-kernels": ((borders.shuffles >= 0.5).double().mean(dim=1), None),
        "control.random-weights": ((borders.random >= 0.5).double().mean(dim=1), None),
        "beyond.five-by-five": (by_size(flagged), None),
        "beyond.ten-pairs": (by_size(borders.shuffles.mean(dim=0)), None),
        "beyond.three-lines": (by_size(borders.three >= 0.5), None),
    }


def of_thresholds(borders: Borders, *, permutations: int, seed: int) -> Judged:
    """The share of units above each threshold that shifted images tell, in each part; floor: labels permuted."""
    told = borders.detected()["shifted images"]
    random = generator(seed, "labels of shifted images")
    floors = [precision(borders, _permuted(borders, told, random)) for _ in range(permutations)]
    return {
        "sec-4-2-2.low": (
            precision(borders, told),
            {name: [x for each in floors for x in each[name]] for name in floors[0]},
        )
    }


def precision(borders: Borders, told: Bool[Tensor, " unit"]) -> dict[str, list[float]]:
    """For each threshold the share of the units that reach it that are told, in each part; 0 where none reaches it."""
    best = borders.lines.best
    return {
        str(threshold): [
            float(told[part][best[part] >= threshold].double().mean().nan_to_num()) for part in borders.parts()
        ]
        for threshold in THRESHOLDS
    }


def of_responses(borders: Borders) -> Judged:
    """Flagged units beside ordinary ones: other paddings, shifted content, flat grey."""
    mine, other = borders.matched()
    answers = borders.answers
    changes = {kind: answers.moved[:, 0] - answers.moved[:, k] for k, kind in enumerate(KINDS)}

    def pair(values: Float[Tensor, "unit side"]) -> dict[str, Tensor]:
        return {"ordinary": borders.at_side(values, other, mine), "flagged": borders.at_side(values, mine, mine)}

    moved = {kind: pair(change.abs()) for kind, change in changes.items()}
    told, flagged = borders.detected()["shifted images"].double(), borders.lines.flagged().double()
    return {
        "sec-4-1-2.duality": (pair(changes["noise"]), None),
        "sec-4-1-2.no-longer-fires": (_silenced(borders, mine, mine), _silenced(borders, other, mine)),
        "sec-4-2-2.all-real": (told[mine], told[other]),
        "beyond.border-recall": (flagged[told > 0], flagged[told == 0]),
        "beyond.border-or-line": (_known(pair(answers.shifted.abs())), None),
        "beyond.side": (_right_side(borders, mine, mine), _right_side(borders, other, mine)),
        "beyond.grey": (pair(answers.grey.abs()), None),
        "beyond.replicate": (moved["replicate"], None),
        "beyond.sparsity": ({kind: moved[kind]["flagged"] for kind in ("resampled", "noise")}, None),
    }


def of_agreement(borders: Borders) -> Judged:
    """Cohen's kappa of each two detectors, in each part of the units; and what random networks give."""
    detected = borders.detected()

    def kappas(a: str, b: str) -> list[float]:
        return [kappa(detected[a][part], detected[b][part]) for part in borders.parts()]

    random = [(each.shifted_distance.nan_to_num().amax(dim=1) >= 0.5).double() for each in borders.controls]
    by_chance = torch.stack(random).mean(dim=0) if random else torch.zeros(len(borders.three))
    trained = detected["shifted images"].double()
    return {
        "beyond.agreement.weights-activations": (kappas("weights", "activations"), None),
        "beyond.agreement.weights-shift": (kappas("weights", "shifted images"), None),
        "beyond.agreement.activations-shift": (kappas("activations", "shifted images"), None),
        "control.random-responses": (
            {"random": _by_block(borders, by_chance), "trained": _by_block(borders, trained)},
            None,
        ),
    }


def kappa(a: Bool[Tensor, " unit"], b: Bool[Tensor, " unit"]) -> float:
    """Cohen's kappa of two labels; 0 where one of them says the same of all units."""
    if a.all() or b.all() or not (a.any() and b.any()):
        return 0.0
    return float(cohen_kappa_score(a.numpy(), b.numpy()))


def _by_block(borders: Borders, values: Float[Tensor, " unit"]) -> list[float]:
    return [float(torch.cat([values[place] for place in places]).mean()) for places in borders.blocks.values()]


def _silenced(borders: Borders, units: Int[Tensor, " pair"], like: Int[Tensor, " pair"]) -> Float[Tensor, " known"]:
    """For the units that fire at the side with zeros, whether they do not with noise."""
    zero, noise = (
        borders.at_side(borders.answers.fires[:, KINDS.index(kind)], units, like) for kind in ("zero", "noise")
    )
    return (noise[zero >= FIRES] < FIRES).double()


def _right_side(borders: Borders, units: Int[Tensor, " pair"], like: Int[Tensor, " pair"]) -> Float[Tensor, " known"]:
    """Whether the response to shifted content changes most at the side of the odd line, where that is an outer one."""
    side = borders.lines.side[like]
    known = (side != INSIDE) & ~borders.answers.shifted[units].isnan().any(dim=1)
    return (borders.answers.shifted[units].abs().nan_to_num().argmax(dim=1) == side)[known].double()


def _known(pairs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Only those pairs of which both have a value."""
    known = ~torch.stack(list(pairs.values())).isnan().any(dim=0)
    return {name: values[known] for name, values in pairs.items()}


def _permuted(borders: Borders, label: Bool[Tensor, " unit"], random: torch.Generator) -> Bool[Tensor, " unit"]:
    """The labels of each branch in another order."""
    return torch.cat(
        [label[place][torch.randperm(place.stop - place.start, generator=random)] for place in borders.places.values()]
    )
