"""What two stages of page 3 look at: units with their responses to natural images, and with optimised images."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Int
from torch import Tensor

from helpers.data.images import Images
from helpers.studies.googlenet_neurons.features import Pictures
from helpers.studies.googlenet_neurons.images import natural_images
from helpers.studies.googlenet_neurons.natural_extremes import NaturalExtremes, batches_of, numbered
from helpers.studies.googlenet_neurons.sampled_units import Shown, shown
from helpers.studies.googlenet_neurons.subject import Subject, subject


@dataclass(frozen=True, eq=False)
class Looking:
    """Units, natural images and optimised ones.

    found: the responses to natural images. described: all that decides what is found, as plain JSON values.
    """

    seen: Subject
    images: Images
    found: NaturalExtremes
    optimised: list[Shown]
    described: dict[str, Any]

    def pictures(self) -> Pictures:
        """The natural images, some at a time; they are read anew at each call."""
        return lambda: batches_of(self.images)

    def optimised_pictures(self, shown: Shown) -> Pictures:
        """The optimised images of a block, numbered as :func:`block_windows.optimised_windows` numbers them."""
        return lambda: numbered(shown.image.flatten(0, 1))

    def numbers(self, shown: Shown) -> Int[Tensor, " unit"]:
        """The numbers of these units in their block."""
        numbers: dict[int, int] = {}
        for branch in shown.block.branches:
            where = self.seen.places(branch)
            numbers |= {place: place - where.start + branch.first for place in range(where.start, where.stop)}
        return torch.tensor([numbers[place] for place in shown.place.tolist()])

    def to(self, device: torch.device) -> Looking:
        """The same, with the network on a device."""
        self.seen.loaded.network.to(device)
        return self


def looking(values: Mapping[str, Any], optimised: Mapping[str, Any], found: NaturalExtremes) -> Looking:
    """What is looked at for a page's ``model``, ``layer``, ``images``, ``scale`` and ``seed``.

    optimised: the artefacts of the stage of optimised images, by block; others are left alone.
    """
    seen = subject(values)
    images = natural_images(dict(values), seen.loaded).open(values["seed"])
    own = {block.name for block in seen.blocks}
    drawn = shown(seen, {name: made.history for name, made in optimised.items() if name in own})
    described = {
        "model": str(values["model"]),
        "weights": seen.loaded.weights.sha256,
        "images": bytes(images.identity().tolist()).hex(),
        "size": images.size,
        "responses": _digest([found.place, found.value]),
        "optimised": _digest([each.image for each in drawn]),
    }
    return Looking(seen, images, found, drawn, described)


def _digest(tensors: Sequence[Tensor]) -> str:
    """SHA-256 over the values of tensors, in order."""
    sha = hashlib.sha256()
    for tensor in tensors:
        sha.update(tensor.contiguous().numpy().tobytes())
    return sha.hexdigest()
