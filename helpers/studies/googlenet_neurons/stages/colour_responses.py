"""Stage: the responses of all units to natural images, to their grey versions, and to others of changed colours.

Artefacts by key, each :class:`helpers.studies.googlenet_neurons.colour.responses.Answers` of all branches:

| key | network | versions of an image |
| --- | --- | --- |
| ``trained`` | as trained | as it is, grey, hues turned by 120° and 240°, mirrored |
| ``random_0``, ``random_1``, ... | random weights with the mean and variance of the trained ones | as it is, grey |
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from helpers.studies.googlenet_neurons.colour.responses import ColourResponses
from helpers.studies.googlenet_neurons.colour.versions import CHANGES
from helpers.studies.googlenet_neurons.images import natural_images
from helpers.studies.googlenet_neurons.subject import Subject, subject

HAS_NETWORKS = False
_IMAGES = {"smoke": 12, "laptop": 320, "paper": 1300}
_DRAWS = {"smoke": 1, "laptop": 3, "paper": 5}


def recipes(values: Mapping[str, Any]) -> dict[str, ColourResponses]:
    """The recipes for a page's ``model``, ``layer``, ``images``, ``scale`` and ``seed``."""
    seen, scale, seed = subject(values, values["device"]), values["scale"], values["seed"]
    images = natural_images(dict(values), seen.loaded)._replace(most=_IMAGES[scale]).open(seed)
    described = {
        "network": seen.loaded.name,
        "weights": seen.loaded.weights.sha256,
        "layers": [branch.layer for branch in seen.branches],
        "images": bytes(images.identity().tolist()).hex(),
        "size": images.size,
    }

    def one(key: str, looking: Subject, changes: tuple[str, ...]) -> ColourResponses:
        about = {**described, "weights of": key}
        return ColourResponses(key=key, changes=changes, described=about, seen=looking, images=images)

    randoms = {f"random_{draw}": seen.with_random_weights(draw) for draw in range(_DRAWS[scale])}
    return {"trained": one("trained", seen, tuple(CHANGES))} | {
        key: one(key, other, ("grey",)) for key, other in randoms.items()
    }
