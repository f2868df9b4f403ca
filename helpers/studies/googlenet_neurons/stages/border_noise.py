"""Stage: how units with kernels of 3×3 or more answer the border of their map under noise, read in every way.

One artefact, ``noise``: a :class:`helpers.studies.googlenet_neurons.border_pass.BorderResponses` whose kinds are
:func:`helpers.studies.googlenet_neurons.border_noise.kinds_of` as many draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from torch import nn

from helpers.data.images import Images
from helpers.studies.googlenet_neurons.border_noise import kinds_of, measure
from helpers.studies.googlenet_neurons.border_pass import BorderResponses
from helpers.studies.googlenet_neurons.images import natural_images
from helpers.studies.googlenet_neurons.subject import Subject, subject

HAS_NETWORKS = False
DRAWS = {"smoke": 2, "laptop": 5, "paper": 5}
_IMAGES = {"smoke": 4, "laptop": 64, "paper": 1300}
_SAMPLES = 8  # responses drawn from each image and line


@dataclass(frozen=True, kw_only=True)
class UnderNoise:
    """The recipe of the responses; draws: of the noise of each reading, and each image."""

    history: ClassVar[type] = BorderResponses
    key: str
    draws: int
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
            "kinds": kinds_of(self.draws),
            "samples": _SAMPLES,
        }

    def build(self, *, seeds: Sequence[int], device: torch.device) -> nn.Module:
        """Nothing: no weights belong to the result."""
        return nn.Module()

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[nn.Module, BorderResponses]:
        """One pass over the images."""
        return nn.Module(), measure(self.seen, self.images, draws=self.draws, samples=_SAMPLES, seed=seeds[0])


def recipes(values: Mapping[str, Any]) -> dict[str, UnderNoise]:
    """The recipe for a page's ``model``, ``layer``, ``images``, ``scale``, ``seed`` and ``device``.

    Raises SubjectError for layers without kernels of 3×3 or more.
    """
    seen, scale, seed = subject(values, values["device"]), values["scale"], values["seed"]
    images = natural_images(dict(values), seen.loaded).open(seed).choose(_IMAGES[scale], seed=seed)
    return {"noise": UnderNoise(key="noise", draws=DRAWS[scale], seen=seen, images=images)}
