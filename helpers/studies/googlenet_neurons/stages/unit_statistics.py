"""Stage: the strongest images of all units and statistics of their responses, in one pass over the natural images.

Artefacts by key, each a :class:`helpers.hooks.reducers.pass_tensors.PassTensors` of all branches:

| key | network | images |
| --- | --- | --- |
| ``natural`` | as trained | all natural images |
| ``random_0``, ``random_1``, ... | random weights with the mean and variance of the trained ones | a part of them |
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from helpers.data.image_set import ImageSet
from helpers.hooks.reducers.unit_pass import UnitPass
from helpers.studies.googlenet_neurons.images import natural_images
from helpers.studies.googlenet_neurons.subject import subject

HAS_NETWORKS = False
_TOP = 100  # strongest images of a unit


def recipes(values: Mapping[str, Any]) -> dict[str, UnitPass]:
    """The passes for a page's ``model``, ``layer``, ``images``, ``scale`` and ``seed``."""
    seen, scale, seed = subject(values), values["scale"], values["seed"]
    whole = natural_images(dict(values), seen.loaded)
    part = whole._replace(most={"smoke": 12, "laptop": 200, "paper": 1300}[scale])
    layers = tuple(branch.layer for branch in seen.branches)

    def one(key: str, images: ImageSet, draw: int | None = None) -> UnitPass:
        opened = images.open(seed)
        return UnitPass(
            key=key,
            model=str(values["model"]),
            weights=seen.loaded.weights.sha256,
            images=images,
            identity=bytes(opened.identity().tolist()).hex(),
            seed=seed,
            top=min(_TOP, (len(opened) + 1) // 2),
            layers=layers,
            draw=draw,
            classes=False,
        )

    draws = {"smoke": 1, "laptop": 2, "paper": 5}[scale]
    return {"natural": one("natural", whole)} | {f"random_{k}": one(f"random_{k}", part, k) for k in range(draws)}
