"""Stage: what inhibits units of random networks, and how they answer natural images.

They are the units whose images for the maximum are in the stage ``optimisation_checks``, in the same draws of random
weights. Artefacts by key:

| key | what | of |
| --- | --- | --- |
| ``minimum_0``, ... | :class:`helpers.studies.googlenet_neurons.optimising.Optimised` | images for the minimum alone |
| ``natural_0``, ... | :class:`helpers.studies.googlenet_neurons.natural_extremes.NaturalExtremes` | natural images |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from helpers.studies.googlenet_neurons.images import natural_images
from helpers.studies.googlenet_neurons.optimising import ImagesOfUnits
from helpers.studies.googlenet_neurons.stages import optimisation_checks
from helpers.studies.googlenet_neurons.stages.extremes import Responses
from helpers.studies.googlenet_neurons.subject import subject

HAS_NETWORKS = False
MINIMUM, NATURAL = "minimum_", "natural_"  # and the number of the draw


@dataclass(frozen=True, kw_only=True)
class ResponsesOfRandom(Responses):
    """Responses of units of a network with random weights; draw: the seed of these."""

    draw: int

    @property
    def key(self) -> str:
        return f"{NATURAL}{self.draw}"


def recipes(values: Mapping[str, Any]) -> dict[str, ImagesOfUnits | ResponsesOfRandom]:
    """The recipes for a page's ``model``, ``layer``, ``images``, ``scale`` and ``seed``."""
    seen = subject(values)
    images = natural_images(dict(values), seen.loaded)
    identity = bytes(images.open(values["seed"]).identity().tolist()).hex()
    found: dict[str, ImagesOfUnits | ResponsesOfRandom] = {}
    for name, maxima in optimisation_checks.recipes(values).items():
        if maxima.draw is None or not name.startswith("random_"):
            continue
        minima = replace(maxima, key=f"{MINIMUM}{maxima.draw}", directions=(-1,))
        units = [first + unit for first, (_, own) in zip(maxima.first, maxima.layers, strict=True) for unit in own]
        natural = ResponsesOfRandom(
            model=maxima.model,
            weights=maxima.weights,
            images=images,
            identity=identity,
            seed=values["seed"],
            units=tuple(sorted(units)),
            seen=seen.with_random_weights(maxima.draw),
            draw=maxima.draw,
        )
        found |= {minima.key: minima, natural.key: natural}
    return found
