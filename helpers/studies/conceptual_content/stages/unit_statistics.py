"""Stage: the strongest images of all units and statistics of their responses, in one pass over each set of images.

Artefacts by key, each a :class:`helpers.studies.conceptual_content.passes.PassTensors`:

| key | network | images |
| --- | --- | --- |
| ``tiny``, ``imagenette`` (``patterns``, ``own``; ``val1300``, ``sample1000`` at paper scale) | as trained | that set |
| ``middle`` (of images larger than that) | as trained | the middle 32 pixels of the first set's images, 64 a side |
| ``matched`` | as trained | those that the networks with random weights see |
| ``matched_mean`` | as trained, a response being the mean over positions | the same |
| ``random_0``, ``random_1``, ... | random weights with the mean and variance of the trained ones | the same |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, ClassVar

import torch
from torch import nn

from helpers.hooks.reducers.about import AnotherPass
from helpers.hooks.reducers.one_pass import one_pass
from helpers.hooks.reducers.responses import MAXIMUM, MEAN
from helpers.models.initialisation import randomised
from helpers.models.pretrained import load
from helpers.studies.conceptual_content.interrupted_passes import interrupted
from helpers.studies.conceptual_content.passes import (
    ImageSet,
    PassTensors,
    controls_of,
    image_sets,
    layers_of,
    middle_of,
    statistics,
    to_tensors,
)

HAS_NETWORKS = False
_BATCH = 16
_WEAKEST = 10


@dataclass(frozen=True, kw_only=True)
class UnitPass:
    """One pass. ``draw`` is the seed of random weights; without one, the network is as trained.

    weights, identity: digests of the network's weights and of the images, so that others are another artefact.
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
        kept = statistics(self.top, min(_WEAKEST, self.top), len(images.class_names))
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


def recipes(values: Mapping[str, Any]) -> dict[str, UnitPass]:
    """The passes for a page's ``model``, ``layers``, ``images``, ``scale`` and ``seed``; ``draws`` random networks."""
    loaded, scale, seed = load(values["model"]), values["scale"], values["seed"]
    sets = image_sets(values["images"], scale, loaded)
    first = next(iter(sets.values()))
    layers = layers_of(loaded, first.size, values["layers"])
    matched, middle = controls_of(first, scale), middle_of(first, scale, loaded, layers)
    draws = {"smoke": 2, "laptop": values["draws"], "paper": values["draws"]}[scale]

    opened = {images: images.open(seed) for images in {*sets.values(), matched, *filter(None, [middle])}}
    identities = {images: bytes(each.identity().tolist()).hex() for images, each in opened.items()}

    def one(key: str, images: ImageSet, **other: Any) -> UnitPass:
        half = (len(opened[images]) + 1) // 2  # lists of all images say little, and some may not be readable
        top = min(10 if scale == "smoke" else 500, half)
        return UnitPass(
            key=key,
            model=str(values["model"]),
            weights=loaded.weights.sha256,
            images=images,
            identity=identities[images],
            seed=seed,
            top=top,
            layers=tuple(layers),
            **other,
        )

    found = {name: one(name, images) for name, images in sets.items()}
    if middle is not None:
        found["middle"] = one("middle", middle)
    found["matched"] = one("matched", matched)
    found["matched_mean"] = one("matched_mean", matched, over=MEAN)
    return found | {f"random_{draw}": one(f"random_{draw}", matched, draw=draw) for draw in range(draws)}
