"""Stage: responses of the units with optimised images, and of those that figures show, to all natural images.

One artefact, ``extremes``, a :class:`helpers.studies.googlenet_neurons.natural_extremes.NaturalExtremes`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from torch import nn

from helpers.data.image_set import ImageSet
from helpers.studies.googlenet_neurons.images import natural_images
from helpers.studies.googlenet_neurons.natural_extremes import NaturalExtremes, batches_of, responses
from helpers.studies.googlenet_neurons.sampled_units import places_of_figures, shown
from helpers.studies.googlenet_neurons.stages import optimised_images
from helpers.studies.googlenet_neurons.subject import Subject, subject

HAS_NETWORKS = False
READS: dict[Any, list[str]] = {optimised_images: []}
KEY = "extremes"


@dataclass(frozen=True, kw_only=True)
class Responses:
    """Responses of units to images.

    weights, identity: digests of the network's weights and of the images, so that others are another artefact.
    """

    history: ClassVar[type] = NaturalExtremes
    model: str
    weights: str
    images: ImageSet
    identity: str
    seed: int
    units: tuple[int, ...]
    seen: Subject = field(repr=False, compare=False)

    @property
    def key(self) -> str:
        return KEY

    def describe(self) -> dict[str, Any]:
        own = {name: value for name, value in vars(self).items() if name not in ("seen", "images")}
        return {"kind": type(self).__name__, **own, "images": self.images._asdict(), "units": list(self.units)}

    def build(self, *, seeds: Sequence[int], device: torch.device) -> nn.Module:
        """Nothing: no weights belong to the result."""
        return nn.Module()

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[nn.Module, NaturalExtremes]:
        """One pass over the images."""
        self.seen.loaded.network.to(device)
        images = self.images.open(self.seed)
        batches = batches_of(images)
        return nn.Module(), responses(self.seen, batches, self.units, images=len(images), size=images.size)


def recipes(values: Mapping[str, Any], read: Mapping[str, Any]) -> dict[str, Responses]:
    """One recipe, for a page's ``model``, ``layer``, ``images``, ``scale`` and ``seed``."""
    seen = subject(values)
    images = natural_images(dict(values), seen.loaded)
    optimised = shown(seen, {name: made.history for name, made in read.items()})
    units = {place for each in optimised for place in each.place.tolist()} | set(places_of_figures(seen))
    recipe = Responses(
        model=str(values["model"]),
        weights=seen.loaded.weights.sha256,
        images=images,
        identity=bytes(images.open(values["seed"]).identity().tolist()).hex(),
        seed=values["seed"],
        units=tuple(sorted(units)),
        seen=seen,
    )
    return {recipe.key: recipe}
