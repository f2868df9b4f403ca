"""What the study's sentences on components are judged by (sections 2.2 and 3), by the ids of the claims.

All take the units that a stage has looked at, some of each layer, and leave out those whose patches have too few
components.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.studies.conceptual_content.along_layers import Layers, rank_correlations
from helpers.studies.conceptual_content.component_measures import LIKENESS, NUMBERS, UNIT
from helpers.studies.conceptual_content.unit_components import UnitComponents

GROUPS = 4  # of the units of a layer, for trends with depth


@dataclass(frozen=True, kw_only=True)
class Looked:
    """The measures of the units that were looked at.

    layers: where the units of each layer lie among those that were looked at.
    degree, flatness: of these units.
    """

    found: UnitComponents
    layers: dict[str, slice]
    degree: Float[Tensor, " unit"]
    flatness: Float[Tensor, " unit"]

    def likeness(self, name: str, *, random: bool = False) -> Float[Tensor, " unit"]:
        """A measure of ``LIKENESS``, of a unit's patches or of random ones."""
        table = self.found.random if random else self.found.own
        return table[:, LIKENESS.index(name)].double()

    def alone(self, name: str) -> Float[Tensor, " unit"]:
        """A measure of ``UNIT``."""
        return self.found.alone[:, UNIT.index(name)].double()

    def by_layer(self, values: Float[Tensor, " unit"]) -> list[float]:
        """The mean over the units of each layer."""
        return [float(values[where].nanmean()) for where in self.layers.values()]


def looked_at(
    found: UnitComponents, layers: Layers, degree: Float[Tensor, " all"], flatness: Float[Tensor, " all"]
) -> Looked:
    """The measures of a stage, with the degree and the flatness of all units of the network."""
    units = found.unit.long()
    inside = {name: ((units >= where.start) & (units < where.stop)).nonzero()[:, 0] for name, where in layers.items()}
    own = {name: slice(int(places[0]), int(places[-1]) + 1) for name, places in inside.items()}
    return Looked(found=found, layers=own, degree=degree[units], flatness=flatness[units])


def compared_with_random(looked: Looked) -> dict[str, tuple[object, object]]:
    """Values over layers and those of random patches in the place of the units' own, by the claim's id."""
    found: dict[str, tuple[object, object]] = {}
    for claim_id, name in (("sec-2-2.several", "several"), ("beyond.components-real", "stability")):
        found[claim_id] = (looked.by_layer(looked.likeness(name)), looked.by_layer(looked.likeness(name, random=True)))
    for claim_id, name in (
        ("sec-2-2.alike-single", "shifted"),
        ("control.alike.spectra", "spectral"),
        ("sec-2-3.blurred", "sharpness"),
    ):
        pair = [
            rank_correlations(looked.likeness(name, random=random), looked.degree, looked.layers)
            for random in (False, True)
        ]
        found[claim_id] = (pair[0], pair[1])
    found["sec-3.single-alike"] = (_extremes(looked, random=False), _extremes(looked, random=True))
    best = [_eight_is_best(table) for table in (looked.found.numbers, looked.found.random_numbers)]
    found["sec-2-2.eight"] = (best[0], best[1])
    found["beyond.shallow-alike"] = (
        mean_in_groups(looked.likeness("shifted"), looked.layers),
        mean_in_groups(looked.likeness("shifted", random=True), looked.layers),
    )
    return found


def over_layers(looked: Looked) -> dict[str, object]:
    """Values over layers, by the claim's id; orders have one list for each name."""
    alike, principal, centres, patches = (
        np.abs(rank_correlations(looked.likeness(name), looked.degree, looked.layers))
        for name in ("shifted", "principal", "k-means", "patches")
    )

    def pair(names: dict[str, str]) -> dict[str, list[float]]:
        return {called: looked.by_layer(looked.alone(name)) for called, name in names.items()}

    return {
        "control.converged": looked.by_layer(looked.alone("converged")),
        "control.seeds": looked.by_layer(looked.alone("seeds")),
        "beyond.alike.principal": alike - principal,
        "beyond.alike.k-means": alike - centres,
        "beyond.alike.patches": alike - patches,
        "beyond.principal": {
            "independent": looked.by_layer(looked.likeness("stability")),
            "principal": looked.by_layer(looked.alone("principal stability")),
        },
        "beyond.k-means": {
            "independent": looked.by_layer(looked.likeness("stability")),
            "k-means": looked.by_layer(looked.alone("k-means stability")),
        },
        "beyond.channels": pair({"as they come": "as they come", "fitted": "fitted"}),
        "sec-2-3.concatenated": pair({"together": "together", "by channel": "by channel"}),
        "sec-3.aspects": pair({"principal": "classes principal", "independent": "classes independent"}),
        "beyond.how-many": by_number(looked),
        "sec-2-3.exception": correlation_in_groups(looked.likeness("shifted"), looked.flatness, looked.layers),
    }


def by_number(looked: Looked) -> dict[str, list[float]]:
    """The stability by the number of components, over the layers whose patches have so many."""
    means = torch.tensor([looked.by_layer(column) for column in looked.found.numbers.T])  # (number, layer)
    full = ~means.isnan().any(dim=0)
    return {str(number): row[full].tolist() for number, row in zip(NUMBERS, means, strict=True)}


def mean_in_groups(values: Float[Tensor, " unit"], layers: Layers) -> dict[str, list[float]]:
    """The mean over the units of each group of a layer, by depth; the units of a layer go round, one to each group."""
    return {
        str(depth): [float(values[where][group::GROUPS].nanmean()) for group in range(GROUPS)]
        for depth, where in enumerate(layers.values(), 1)
    }


def correlation_in_groups(
    a: Float[Tensor, " unit"], b: Float[Tensor, " unit"], layers: Layers
) -> dict[str, list[float]]:
    """Spearman's correlation over the units of each group of a layer, by depth."""
    found = {}
    for depth, where in enumerate(layers.values(), 1):
        groups = [(a[where][group::GROUPS], b[where][group::GROUPS]) for group in range(GROUPS)]
        found[str(depth)] = [float(rank_correlations(x, y, {"": slice(0, len(x))})[0]) for x, y in groups]
    return found


def _extremes(looked: Looked, *, random: bool) -> dict[str, list[float]]:
    """The likeness of the tenth of the units with the highest and of that with the lowest degree, by layer."""
    alike = looked.likeness("shifted", random=random)
    ends: dict[str, list[float]] = {"highest": [], "lowest": []}
    for where in looked.layers.values():
        known = ~(alike[where].isnan() | looked.degree[where].isnan())
        order = looked.degree[where][known].argsort()
        tenth = max(1, len(order) // 10)
        for name, chosen in (("highest", order[-tenth:]), ("lowest", order[:tenth])):
            ends[name].append(float(alike[where][known][chosen].mean()))
    return ends


def _eight_is_best(numbers: Float[Tensor, "unit number"]) -> list[float]:
    """For each unit with a stability for all numbers of components, whether that of eight is the largest."""
    full: Int[Tensor, " unit"] = (~numbers.isnan().any(dim=1)).nonzero()[:, 0]
    return (numbers[full].argmax(dim=1) == NUMBERS.index(8)).double().tolist()
