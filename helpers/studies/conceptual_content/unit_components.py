"""The components of some units of every layer: the recipe of a stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from tqdm import tqdm

from helpers.hooks.layer_table import Layer
from helpers.hooks.patches import cut, random_corners, read_images, side_of
from helpers.randomness import generator
from helpers.studies.conceptual_content.component_measures import (
    LIKENESS,
    NUMBERS,
    UNIT,
    of_patches,
    of_unit,
    stability_by_number,
)
from helpers.studies.conceptual_content.patches import patch_places
from helpers.studies.conceptual_content.responses import described
from helpers.studies.conceptual_content.subject import Subject
from helpers.studies.conceptual_content.top_lists import TopLists


@dataclass
class UnitComponents:
    """Measures of the units that were looked at; NaN where patches have too few components.

    unit: numbers among the units of all layers.
    own, random: the measures ``LIKENESS`` of a unit's patches, and of as many random ones.
    alone: the measures ``UNIT``.
    numbers, random_numbers: stability by the number of components.
    """

    unit: Int[Tensor, " unit"]
    own: Float[Tensor, "unit likeness"]
    random: Float[Tensor, "unit likeness"]
    alone: Float[Tensor, "unit measure"]
    numbers: Float[Tensor, "unit number"]
    random_numbers: Float[Tensor, "unit number"]


@dataclass(frozen=True, kw_only=True)
class ComponentsOfUnits:
    """Components of some units of each layer.

    per_layer: how many units of a layer, evenly spread over its units.
    often: for each how many of these the stability by the number of components is measured.
    bootstraps: draws of the patches.
    """

    history: ClassVar[type] = UnitComponents
    per_layer: int
    often: int
    bootstraps: int
    described: dict[str, Any]
    seen: Subject = field(repr=False, compare=False)
    lists: TopLists = field(repr=False, compare=False)

    @property
    def key(self) -> str:
        return "components"

    def describe(self) -> dict[str, Any]:
        own = {"per_layer": self.per_layer, "often": self.often, "bootstraps": self.bootstraps}
        return {"kind": type(self).__name__, **own, **self.described}

    def build(self, *, seeds: Sequence[int], device: torch.device) -> nn.Module:
        """Nothing: no weights belong to the result."""
        return nn.Module()

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[nn.Module, UnitComponents]:
        """Layer by layer: all units whose patches are as many are analysed together."""
        chosen = units_of_layers(self.seen, self.per_layer)
        pictures = read_images(self.seen.images, self.lists.number[0, [unit for units in chosen for unit in units]])
        tables = []
        with tqdm(total=sum(map(len, chosen)), desc="components of units", disable=None) as bar:
            for layer, units in zip(self.seen.layers, chosen, strict=True):
                tables.append(self._of_layer(layer, units, pictures, seed=seeds[0]))
                bar.update(len(units))
        columns = [torch.cat(column) for column in zip(*tables, strict=True)]
        return nn.Module(), UnitComponents(torch.tensor([unit for units in chosen for unit in units]), *columns)

    def _of_layer(
        self, layer: Layer, units: Sequence[int], pictures: dict[int, Tensor], *, seed: int
    ) -> list[Float[Tensor, "unit measure"]]:
        """The tables of :class:`UnitComponents`, of these units of a layer."""
        cuts = [self._patches(layer, unit, pictures, seed=seed) for unit in units]
        widths = (len(LIKENESS), len(LIKENESS), len(UNIT), len(NUMBERS), len(NUMBERS))
        tables = [torch.full((len(units), width), torch.nan) for width in widths]
        for number in sorted({len(labels) for labels, _, _ in cuts}):
            if number < 2:
                continue  # a unit that hardly any image excites
            group = [k for k, (labels, _, _) in enumerate(cuts) if len(labels) == number]
            labels, own, other = (torch.stack([cuts[k][part] for k in group]) for part in range(3))
            often = [k < self.often for k in group]
            for table, values in zip(tables, self._measured(labels, own, other), strict=False):
                table[group] = values.float()
            for table, patches in zip(tables[3:], (own, other), strict=True):
                if any(often):
                    values = stability_by_number(patches[often], bootstraps=self.bootstraps, seed=0)
                    table[[k for k in group if k < self.often]] = values.float()
        return tables

    def _patches(
        self, layer: Layer, unit: int, pictures: dict[int, Tensor], *, seed: int
    ) -> tuple[Int[Tensor, " patch"], Tensor, Tensor]:
        """The labels of a unit's images, its patches in them, and as many cut anywhere from any of the images."""
        size, every = self.seen.images.size, list(pictures)
        places, corner = patch_places(layer, self.lists, unit, pictures, size=size)
        side, random = side_of(layer, size), generator(seed, f"random patches {unit}")
        own = cut([pictures[place] for place in places], corner, side=side)
        drawn = torch.randint(max(1, len(every)), (len(own),), generator=random).tolist()
        anywhere = random_corners(len(own), side=side, size=size, generator=random)
        return self.seen.images.labels[places], own, cut([pictures[every[k]] for k in drawn], anywhere, side=side)

    def _measured(self, labels: Tensor, own: Tensor, other: Tensor) -> list[Float[Tensor, "unit measure"]]:
        """The measures of patches that units have and of random ones, and those of units alone."""
        bootstraps = self.bootstraps
        likeness, random = (of_patches(each, bootstraps=bootstraps, seed=0) for each in (own, other))
        alone = of_unit(own, labels, bootstraps=bootstraps, seed=0)
        pairs = ((likeness, LIKENESS), (random, LIKENESS), (alone, UNIT))
        return [torch.stack([found[name] for name in names], dim=1) for found, names in pairs]


def units_of_layers(seen: Subject, per_layer: int) -> list[list[int]]:
    """Some units of each layer, evenly spread over its units; numbers among the units of all layers."""
    found = []
    for where in seen.units.values():
        units = where.stop - where.start
        count = min(per_layer, units)
        found.append([where.start + k * units // count for k in range(count)])
    return found


def recipe_of_components(scale: str, seen: Subject, lists: TopLists) -> dict[str, ComponentsOfUnits]:
    """The recipe for a page's scale, by its key; ``lists`` are the strongest images of all parts together."""
    recipe = ComponentsOfUnits(
        per_layer={"smoke": 1, "laptop": 24, "paper": 64}[scale],
        often={"smoke": 1, "laptop": 6, "paper": 64}[scale],
        bootstraps={"smoke": 2, "laptop": 3, "paper": 10}[scale],
        described=described(seen),
        seen=seen,
        lists=lists,
    )
    return {recipe.key: recipe}
