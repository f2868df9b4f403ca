"""A recipe of stages: a pass of a network over images, which keeps strongest images of all units, and statistics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, ClassVar

import torch
from torch import nn

from helpers.data.image_set import ImageSet
from helpers.hooks.reducers.about import AnotherPass
from helpers.hooks.reducers.interrupted_passes import interrupted
from helpers.hooks.reducers.one_pass import one_pass
from helpers.hooks.reducers.pass_tensors import PassTensors, statistics, to_tensors
from helpers.hooks.reducers.responses import MAXIMUM
from helpers.models.initialisation import randomised
from helpers.models.pretrained import load

_BATCH = 16
_WEAKEST = 10


@dataclass(frozen=True, kw_only=True)
class UnitPass:
    """One pass. ``draw`` is the seed of random weights; without one, the network is as trained.

    weights, identity: digests of the network's weights and of the images, so that others are another artefact.
    classes: whether means of classes are kept; those of many classes take much room.
    """

    history: ClassVar[type] = PassTensors
    key: str
    model: str
    weights: str
    images: ImageSet
    identity: str
    seed: int
    top: int
    layers: tuple[str, ...]
    over: str = MAXIMUM
    draw: int | None = None
    classes: bool = True

    def describe(self) -> dict[str, Any]:
        return {
            "kind": type(self).__name__,
            **asdict(self),
            "images": self.images._asdict(),
            "layers": list(self.layers),
        }

    def build(self, *, seeds: Sequence[int], device: torch.device) -> nn.Module:
        """Nothing: the artefact is all tensors of the history."""
        return nn.Module()

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[nn.Module, PassTensors]:
        """Make the pass, or go on with it where it was interrupted."""
        loaded = load(self.model)
        if self.draw is not None:
            loaded = replace(loaded, network=randomised(loaded.network, seed=self.draw))
        loaded.network.to(device)
        images = self.images.open(self.seed)
        classes = len(images.class_names) if self.classes else None
        kept = statistics(self.top, min(_WEAKEST, self.top), classes)
        with interrupted(self.describe()) as path:
            make = partial(one_pass, loaded, images, self.layers, kept, batch_size=_BATCH, over=self.over, path=path)
            try:
                found = make()
            except AnotherPass:  # begun by another version, or damaged
                if path is None:
                    raise
                path.unlink()
                found = make()
        return self.build(seeds=seeds, device=device), to_tensors(found)
