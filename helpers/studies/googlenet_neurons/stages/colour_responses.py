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
_IMAGES = {"smoke": 12, "laptop": 400, "paper": 1300}
_OF_RANDOM = {"smoke": 12, "laptop": 200, "paper": 1300}
DRAWS = {"smoke": 1, "laptop": 3, "paper": 5}


def recipes(values: Mapping[str, Any]) -> dict[str, ColourResponses]:
    """The recipes for a page's ``model``, ``layer``, ``images``, ``scale`` and ``seed``."""
    seen, scale, seed = subject(values, values["device"]), values["scale"], values["seed"]
    natural = natural_images(dict(values), seen.loaded)

    def one(key: str, looking: Subject, images: int, changes: tuple[str, ...]) -> ColourResponses:
        opened = natural._replace(most=images).open(seed)
        described = {
            "network": seen.loaded.name,
            "weights": seen.loaded.weights.sha256,
            "random": key,
            "layers": [branch.layer for branch in seen.branches],
            "images": bytes(opened.identity().tolist()).hex(),
            "size": opened.size,
        }
        return ColourResponses(key=key, changes=changes, described=described, seen=looking, images=opened)

    made = {"trained": one("trained", seen, _IMAGES[scale], tuple(CHANGES))}
    for draw in range(DRAWS[scale]):
        key = f"random_{draw}"
        made[key] = one(key, seen.with_random_weights(draw), _OF_RANDOM[scale], ("grey",))
    return made
