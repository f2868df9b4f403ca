"""Stage: how units with kernels of 3×3 or more answer the border of their map.

Artefacts by key, each a :class:`helpers.studies.googlenet_neurons.border_pass.BorderResponses`:

| key | network | paddings | images |
| --- | --- | --- | --- |
| ``natural`` | as trained | all of ``KINDS`` | a part of the natural images |
| ``random_0``, ``random_1``, ... | random weights with the trained ones' mean and variance | ``CONTROLS`` | fewer |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from torch import nn

from helpers.data.images import Images
from helpers.studies.googlenet_neurons.border_paddings import KINDS
from helpers.studies.googlenet_neurons.border_pass import BorderResponses, measure
from helpers.studies.googlenet_neurons.images import natural_images
from helpers.studies.googlenet_neurons.subject import Subject, subject

HAS_NETWORKS = False
CONTROLS = ("zero", "replicate")


@dataclass(frozen=True, kw_only=True)
class OfBorders:
    """The recipe of one network's responses.

    draw: of the random weights; None for the trained ones. samples: responses drawn from each image and line.
    """

    history: ClassVar[type] = BorderResponses
    key: str
    draw: int | None
    kinds: tuple[str, ...]
    samples: int
    seen: Subject = field(repr=False, compare=False)
    images: Images = field(repr=False, compare=False)

    def describe(self) -> dict[str, Any]:
        return {
            "kind": type(self).__name__,
            "network": self.seen.loaded.name,
            "weights": self.seen.loaded.weights.sha256,
            "layers": [branch.convolution for branch in self.seen.kernel_sets()],
            "images": bytes(self.images.identity().tolist()).hex(),
            "size": self.images.size,
            "draw": self.draw,
            "kinds": list(self.kinds),
            "samples": self.samples,
        }

    def build(self, *, seeds: Sequence[int], device: torch.device) -> nn.Module:
        """Nothing: no weights belong to the result."""
        return nn.Module()

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[nn.Module, BorderResponses]:
        """One pass over the images."""
        seen = self.seen if self.draw is None else self.seen.with_random_weights(self.draw)
        return nn.Module(), measure(seen, self.images, kinds=self.kinds, samples=self.samples, seed=seeds[0])


def recipes(values: Mapping[str, Any]) -> dict[str, OfBorders]:
    """The recipes for a page's ``model``, ``layer``, ``images``, ``scale``, ``seed`` and ``device``.

    Raises SubjectError for layers without kernels of 3×3 or more.
    """
    seen, scale, seed = subject(values, values["device"]), values["scale"], values["seed"]
    images = natural_images(dict(values), seen.loaded).open(seed)
    few, many, draws = {"smoke": (4, 8, 1), "laptop": (48, 192, 3), "paper": (1300, 1300, 5)}[scale]
    chosen = {
        "natural": OfBorders(
            key="natural", draw=None, kinds=KINDS, samples=3, seen=seen, images=images.choose(many, seed=seed)
        )
    }
    for draw in range(draws):
        chosen[f"random_{draw}"] = OfBorders(
            key=f"random_{draw}", draw=draw, kinds=CONTROLS, samples=12, seen=seen, images=images.choose(few, seed=seed)
        )
    return chosen
