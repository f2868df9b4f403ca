"""What swapped patches leave of the responses of single- and multi-faceted units: the recipe of a stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from tqdm import tqdm

from helpers.hooks.layer_table import Layer
from helpers.hooks.patches import read_images
from helpers.hooks.recording import record
from helpers.hooks.unit_axis import units_first
from helpers.randomness import generator
from helpers.studies.conceptual_content.facets import multi_faceted_degree
from helpers.studies.conceptual_content.responses import described
from helpers.studies.conceptual_content.subject import Subject
from helpers.studies.conceptual_content.swaps import CONDITIONS, Picture, Sources, sources, swapped, uncut_places
from helpers.studies.conceptual_content.top_lists import TOP, TopLists

_END = 4  # units are drawn from the quarter with the lowest, and from that with the highest degree


@dataclass
class UnitSwaps:
    """Responses after swaps, over the response to the strong image itself; the mean over the swaps of a unit.

    unit: numbers among the units of all layers; those without any swap are left out.
    single: whether the unit is of those with the lowest degree.
    kept: by condition, in the order of ``CONDITIONS``; NaN where no swap of the unit has this condition.
    error: the largest deviation from 1 among the unit's swaps of whole patches.
    """

    unit: Int[Tensor, " unit"]
    single: Bool[Tensor, " unit"]
    kept: Float[Tensor, "unit condition"]
    error: Float[Tensor, " unit"]


@dataclass(frozen=True, kw_only=True)
class SwapsOfUnits:
    """Swaps of some units of each layer whose field of view is smaller than the image.

    per_end: units of a layer from either end of the degree. swaps: of a unit, one for each of its strongest images.
    """

    history: ClassVar[type] = UnitSwaps
    per_end: int
    swaps: int
    described: dict[str, Any]
    seen: Subject = field(repr=False, compare=False)
    lists: TopLists = field(repr=False, compare=False)

    @property
    def key(self) -> str:
        return "swaps"

    def describe(self) -> dict[str, Any]:
        return {"kind": type(self).__name__, "per_end": self.per_end, "swaps": self.swaps, **self.described}

    def build(self, *, seeds: Sequence[int], device: torch.device) -> nn.Module:
        """Nothing: no weights belong to the result."""
        return nn.Module()

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[nn.Module, UnitSwaps]:
        """Layer by layer."""
        degree = multi_faceted_degree(self.lists.first(TOP).counts()[0])
        units, single, kept, errors = [], [], [], []
        for layer in tqdm(self.seen.layers, desc="swaps of patches", disable=None):
            where = self.seen.units[layer.name]
            random = generator(seeds[0], f"swaps in {layer.name}")
            for is_single, unit in ends(degree[where], self.per_end, random):
                found = self._unit(layer, where.start + unit, unit, random, device)
                if found is not None:
                    units.append(where.start + unit)
                    single.append(is_single)
                    kept.append(found.nanmean(dim=0))
                    errors.append((found[:, 0] - 1).abs().amax())
        table = torch.stack(kept) if kept else torch.empty(0, len(CONDITIONS))
        error = torch.stack(errors) if errors else torch.empty(0)
        return nn.Module(), UnitSwaps(torch.tensor(units).long(), torch.tensor(single).bool(), table, error)

    def _unit(
        self, layer: Layer, number: int, unit: int, random: torch.Generator, device: torch.device
    ) -> Float[Tensor, "swap condition"] | None:
        """What the swaps of a unit keep, those whose images can be read; None without any.

        number: of the unit among those of all layers. unit: its number in the layer.
        """
        labels = self.seen.images.labels
        places = uncut_places(layer, self.lists.number[0, number], self.lists.position[0, number], labels)
        asked = sources(places, labels, count=self.swaps, random=random)
        pictures = self._read(asked) if asked else {}
        swaps = [each for each in asked if images_of(each) <= pictures.keys()]
        if not swaps:
            return None
        rows = []
        for swap in swaps:
            made = swapped(pictures, swap)
            batch = torch.stack([pictures[swap.own.image], *made.values()])
            response = self._responses(batch, layer, unit, (swap.own.row, swap.own.column), device)
            share = dict(zip(made, response[1:] / response[0], strict=True))
            rows.append(torch.stack([share.get(name, torch.tensor(torch.nan)) for name in CONDITIONS]))
        return torch.stack(rows)

    def _read(self, asked: Sequence[Sources]) -> Mapping[int, Picture]:
        places = torch.tensor(sorted({place for swap in asked for place in images_of(swap)}), dtype=torch.long)
        return {k: each.float() / 255 for k, each in read_images(self.seen.images, places).items()}

    def _responses(
        self,
        x: Float[Tensor, "image 3 height width"],
        layer: Layer,
        unit: int,
        at: tuple[int, int],
        device: torch.device,
    ) -> Float[Tensor, " image"]:
        """The activity of a unit at one position."""
        loaded = self.seen.loaded
        with torch.no_grad(), record(loaded.network, [layer.name], stop=True, clone=False) as outputs:
            loaded.network(loaded.preprocessing(x.to(device)))
        return units_first(outputs[layer.name], layer.unit_axis)[:, unit, at[0], at[1]].float().cpu()


def images_of(swap: Sources) -> set[int]:
    """The places of all images of a swap."""
    strong = {each.image for each in (swap.own, swap.other, swap.same) if each is not None}
    return strong | {swap.host, swap.filling}


def ends(degree: Float[Tensor, " unit"], count: int, random: torch.Generator) -> list[tuple[bool, int]]:
    """Units from the quarter with the lowest degree (True) and from that with the highest; none without a degree."""
    order = degree.masked_fill(degree.isnan(), torch.inf).argsort()
    order = order[: int((~degree.isnan()).sum())]
    quarter = len(order) // _END
    found = []
    for is_single, some in ((True, order[:quarter]), (False, order[len(order) - quarter :])):
        chosen = some[torch.randperm(len(some), generator=random)[:count]]
        found += [(is_single, unit) for unit in chosen.tolist()]
    return found


def recipe_of_swaps(scale: str, seen: Subject, lists: TopLists) -> dict[str, SwapsOfUnits]:
    """The recipe for a page's scale, by its key; ``lists`` are the strongest images of all, as many as are known."""
    recipe = SwapsOfUnits(
        per_end={"smoke": 2, "laptop": 6, "paper": 32}[scale],
        swaps={"smoke": 2, "laptop": 3, "paper": 10}[scale],
        described=described(seen),
        seen=seen,
        lists=lists,
    )
    return {recipe.key: recipe}
