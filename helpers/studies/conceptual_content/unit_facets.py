"""The facets of some units of every layer, as clusters of what their patches show: the recipe of a stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from tqdm import tqdm

from helpers.hooks.layer_table import Layer
from helpers.randomness import generator
from helpers.studies.conceptual_content.clusters import Clusters, clusters, gaussian_like
from helpers.studies.conceptual_content.patch_features import activity_at, rooted
from helpers.studies.conceptual_content.responses import described
from helpers.studies.conceptual_content.subject import Subject
from helpers.studies.conceptual_content.top_lists import TopLists

FEWEST = 10  # patches of a unit that is looked at
_POSITIONS = 8  # in each random image
_NAN = float("nan")


@dataclass
class UnitFacets:
    """Clusters of the patches of units, and of two nulls; NaN (and 0 clusters) for units with too few patches.

    unit: numbers among the units of all layers.
    number, excess, p: beyond one Gaussian cluster (:class:`helpers.studies.conceptual_content.clusters.Clusters`).
    random_number, random_excess: the same of as many random patches, drawn several times in each layer.
    gaussian_p: p-values of sets that were drawn from Gaussians with mean and covariance of a unit's patches.
    """

    unit: Int[Tensor, " unit"]
    number: Int[Tensor, " unit"]
    excess: Float[Tensor, " unit"]
    p: Float[Tensor, " unit"]
    random_number: Int[Tensor, "layer draw"]
    random_excess: Float[Tensor, "layer draw"]
    gaussian_p: Float[Tensor, "layer draw"]


@dataclass(frozen=True, kw_only=True)
class FacetsOfUnits:
    """Facets of some units of each layer.

    per_layer: units of a layer, drawn by the seed. top: strongest images of each.
    draws: Gaussian sets that each set is compared with. nulls: sets of random patches, and Gaussian ones, of a layer.
    pool: random images from which the random patches come.
    """

    history: ClassVar[type] = UnitFacets
    per_layer: int
    top: int
    draws: int
    nulls: int
    pool: int
    described: dict[str, Any]
    seen: Subject = field(repr=False, compare=False)
    lists: TopLists = field(repr=False, compare=False)

    @property
    def key(self) -> str:
        return "facets"

    def describe(self) -> dict[str, Any]:
        sizes = ("per_layer", "top", "draws", "nulls", "pool")
        return {"kind": type(self).__name__, **{name: getattr(self, name) for name in sizes}, **self.described}

    def build(self, *, seeds: Sequence[int], device: torch.device) -> nn.Module:
        """Nothing: no weights belong to the result."""
        return nn.Module()

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[nn.Module, UnitFacets]:
        """Layer by layer."""
        rows = []
        for layer in tqdm(self.seen.layers, desc="facets of units", disable=None):
            rows.append(self._layer(layer, seed=seeds[0], device=device))
        columns = list(zip(*rows, strict=True))
        return nn.Module(), UnitFacets(*map(torch.cat, columns[:4]), *map(torch.stack, columns[4:]))

    def _layer(self, layer: Layer, *, seed: int, device: torch.device) -> tuple[Tensor, ...]:
        """What the fields of :class:`UnitFacets` hold of one layer."""
        seen, random = self.seen, generator(seed, f"facets of {layer.name}")
        first = seen.units[layer.name].start
        units = drawn_units(layer, first, self.per_layer, random)
        number, position = self.lists.number[0, units, : self.top], self.lists.position[0, units, : self.top]
        pool = torch.randperm(len(seen.images), generator=random)[: self.pool]
        anywhere = [torch.randint(span, (len(pool), _POSITIONS), generator=random) for span in layer.positions]
        listed = number >= 0
        activity = activity_at(
            seen.loaded,
            layer,
            seen.images,
            torch.cat([number[listed].long(), pool.repeat_interleave(_POSITIONS)]),
            torch.cat([position[listed].long(), torch.stack(anywhere, dim=-1).flatten(0, 1)]),
            device=device,
        )
        own = list(activity[: int(listed.sum())].split(listed.sum(dim=1).tolist()))
        others = activity[int(listed.sum()) :].unflatten(0, (len(pool), _POSITIONS))
        others = others[~others.isnan().any(dim=(1, 2))]  # of images that could be read
        points = [_described(each, without=unit - first) for each, unit in zip(own, units.tolist(), strict=True)]
        found = [self._clusters(each[None], random) for each in points]
        sets = self._clusters(torch.stack([self._random_set(others, random) for _ in range(self.nulls)]), random)
        usable = [each for each in points if _do(each)]
        alike = [
            gaussian_like(usable[k % len(usable)][None], draws=1, generator=random)[0]
            for k in range(self.nulls)
            if usable
        ]
        gaussian = [self._clusters(each, random).p for each in alike] or [torch.full((self.nulls,), _NAN).double()]
        numbers, _, excess, p = (torch.cat(each) for each in zip(*found, strict=True))
        return units, numbers, excess, p, sets.number, sets.excess, torch.cat(gaussian)

    def _clusters(self, points: Float[Tensor, "set patch unit"], random: torch.Generator) -> Clusters:
        if not _do(points[0]):
            return Clusters(torch.zeros(len(points), dtype=torch.long), *torch.full((3, len(points)), _NAN).double())
        return clusters(points, draws=self.draws, generator=random)

    def _random_set(
        self, others: Float[Tensor, "image position unit"], random: torch.Generator
    ) -> Float[Tensor, "patch unit"]:
        """As many patches as a unit has, each of another random image that could be read."""
        image = torch.randperm(len(others), generator=random)[: self.top]
        at = torch.randint(_POSITIONS, (len(image),), generator=random)
        return _described(others[image, at])


def _do(points: Float[Tensor, "patch unit"]) -> bool:
    """Whether there are enough patches, and other units to describe them."""
    return len(points) >= FEWEST and points.shape[1] > 0


def _described(activity: Float[Tensor, "patch unit"], *, without: int | None = None) -> Float[Tensor, "patch other"]:
    """The features of patches that could be read, of all units but one."""
    read = activity[~activity.isnan().any(dim=1)]
    kept = [unit for unit in range(activity.shape[1]) if unit != without]
    return rooted(read[:, kept])


def drawn_units(layer: Layer, first: int, count: int, random: torch.Generator) -> Int[Tensor, " unit"]:
    """Some units of a layer, in random order; its first one is number ``first`` among those of all layers."""
    return first + torch.randperm(layer.units, generator=random)[:count]


def recipe_of_facets(scale: str, seen: Subject, lists: TopLists) -> dict[str, FacetsOfUnits]:
    """The recipe for a page's scale, by its key; ``lists`` are the strongest images of all parts together."""
    recipe = FacetsOfUnits(
        per_layer={"smoke": 2, "laptop": 10, "paper": 64}[scale],
        top={"smoke": 10, "laptop": 50, "paper": 100}[scale],
        draws={"smoke": 19, "laptop": 59, "paper": 199}[scale],
        nulls={"smoke": 2, "laptop": 30, "paper": 99}[scale],
        pool={"smoke": 20, "laptop": 100, "paper": 400}[scale],
        described=described(seen),
        seen=seen,
        lists=lists,
    )
    return {recipe.key: recipe}
