"""Stage: how often an observer that is shown references of a unit picks the stronger of two new images.

Two artefacts: ``choices``, a :class:`Choices`, and ``alike``, an :class:`Alike`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from helpers.hooks.window_means import joined
from helpers.randomness import generator
from helpers.studies.googlenet_neurons.block_windows import elsewhere, optimised_windows, role_windows
from helpers.studies.googlenet_neurons.choices import choices, roles
from helpers.studies.googlenet_neurons.features import EARLY, OWN, early_layer, observed, of_other_network
from helpers.studies.googlenet_neurons.looking import Looking, looking
from helpers.studies.googlenet_neurons.natural_extremes import by_branch, strongest
from helpers.studies.googlenet_neurons.observers import agreement, between_units, standardised
from helpers.studies.googlenet_neurons.other_network import Observing, other_network
from helpers.studies.googlenet_neurons.stages import extremes, optimised_images

HAS_NETWORKS = False
READS: dict[Any, list[str]] = {optimised_images: [], extremes: []}
_NINE = 9


@dataclass
class Choices:
    """Shares of right choices of the units with optimised images, by their numbers among those of all branches.

    right: by observer, condition, unit and part of the images (:mod:`helpers.studies.googlenet_neurons.choices`).
    """

    place: Int[Tensor, " unit"]
    right: Float[Tensor, "observer condition unit part"]


@dataclass
class Alike:
    """How alike the nine strongest patches of units are, in features of another network: mean cosines.

    own: of a unit's patches to each other. others: to those of the other units of its branch that are looked at.
    elsewhere: of patches at random places of the same images.
    """

    place: Int[Tensor, " unit"]
    own: Float[Tensor, " unit"]
    others: Float[Tensor, " unit"]
    elsewhere: Float[Tensor, " unit"]


@dataclass(frozen=True, kw_only=True)
class _Recipe:
    key: str
    look: Looking = field(repr=False)
    other: Observing = field(repr=False)

    def describe(self) -> dict[str, Any]:
        return {"kind": type(self).__name__, **self.look.described, "other": self.other.loaded.weights.sha256}

    def build(self, *, seeds: Sequence[int], device: torch.device) -> nn.Module:
        """Nothing: no weights belong to the result."""
        return nn.Module()


class Choosing(_Recipe):
    """The recipe of the choices."""

    history: ClassVar[type] = Choices

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[nn.Module, Choices]:
        """A pass of both networks over the images for all windows, then the choices block by block."""
        look, other, seen = self.look.to(device), self.other, self.look.seen
        other.loaded.network.to(device)
        found, size = look.found, look.images.size
        rows = [found.rows(each.place) for each in look.optimised]
        blocks = [role_windows(seen, found, row, roles(found, row), size=size) for row in rows]
        names = [each.block.name for each in look.optimised]
        windows = joined([block.windows for block in blocks])
        own = dict(zip(names, torch.arange(len(windows)).split([len(b.windows) for b in blocks]), strict=True))
        natural = observed(seen, other, look.pictures(), windows, own, size=size)
        tables = []
        for name, block, each in zip(names, blocks, look.optimised, strict=True):
            both = optimised_windows(seen, each)
            there = {name: torch.arange(len(both))}
            side = each.image.shape[-1]
            ends = observed(seen, other, look.optimised_pictures(each), both, there, size=side)[name]
            knows = (OWN, EARLY) if name == early_layer(seen) else (OWN,)
            tables.append(choices(natural[name], block.role, ends, look.numbers(each), own=knows))
        places = torch.cat([each.place for each in look.optimised])
        return nn.Module(), Choices(places, torch.cat(tables, dim=2))


class Comparing(_Recipe):
    """The recipe of how alike patches are."""

    history: ClassVar[type] = Alike

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[nn.Module, Alike]:
        """A pass of the other network over the images."""
        look, other, seen = self.look, self.other, self.look.seen
        other.loaded.network.to(device)
        found, size = look.found, look.images.size
        every = torch.ones(found.value.shape[2], dtype=torch.bool)
        row = torch.arange(len(found.place))
        nine = strongest(found.value[0], every, min(_NINE, len(every)))
        own = role_windows(seen, found, row, {"nine": nine}, size=size)
        away = elsewhere(own.windows, size=size, generator=generator(seeds[0], "places in the same images"))
        windows = joined([own.windows, away])
        features = standardised(of_other_network(other, look.pictures(), windows, size=size))
        inside, outside = features[own.role["nine"]], features[own.role["nine"] + len(own.windows)]
        others = torch.full((len(row),), torch.nan)
        for units in by_branch(seen, found.place.tolist()).values():
            rows = found.rows(units)
            if len(rows) > 1:
                others[rows] = between_units(inside[rows])
        return nn.Module(), Alike(found.place, agreement(inside), others, agreement(outside))


def recipes(values: Mapping[str, Any], read: Mapping[str, Any]) -> dict[str, Choosing | Comparing]:
    """Both recipes, for a page's ``model``, ``layer``, ``images``, ``scale`` and ``seed``."""
    look = looking(values, read, read[extremes.KEY].history)
    other = other_network(look.seen.loaded)
    return {
        "choices": Choosing(key="choices", look=look, other=other),
        "alike": Comparing(key="alike", look=look, other=other),
    }
