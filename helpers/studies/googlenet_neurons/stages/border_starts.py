"""Stage: the optimised images of the units with the highest scores of algorithm 4, from three more starts.

With the two starts of the stage ``border_images`` these are five. An artefact for each block that has such units, under
``more_`` and the block's name; each an :class:`helpers.studies.googlenet_neurons.optimising.Optimised`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from helpers.studies.googlenet_neurons.border_lines import joined, lines_of
from helpers.studies.googlenet_neurons.border_matching import pictured, places_of
from helpers.studies.googlenet_neurons.optimising import ImagesOfUnits
from helpers.studies.googlenet_neurons.stages import border_images, border_responses
from helpers.studies.googlenet_neurons.subject import subject

HAS_NETWORKS = False
READS: dict[Any, list[str]] = {border_responses: ["natural"]}
MORE = "more"  # the way, beside those of ``border_images``
STARTS = 3


def recipes(values: Mapping[str, Any], read: Mapping[str, Any]) -> dict[str, ImagesOfUnits]:
    """A recipe for each block, for a page's ``model``, ``layer``, ``scale`` and ``seed``."""
    seen = subject(values)
    branches = seen.kernel_sets()
    places = places_of(branches)
    lines = joined([lines_of(seen.weights(branch)) for branch in branches])
    most = border_images.MOST[values["scale"]]
    highest = set(pictured(lines, read["natural"].history.mean, places, most=most)[0].tolist())
    first = {branch.convolution: places[branch.layer].start for branch in branches}
    made = {}
    for key, recipe in border_images.recipes(values, read).items():
        way, block = key.split("_", 1)
        own = [tuple(unit for unit in units if first[name] + unit in highest) for name, units in recipe.layers]
        kept = [k for k, units in enumerate(own) if units]
        if way == border_images.STUDYS and kept:
            made[f"{MORE}_{block}"] = replace(
                recipe,
                key=f"{MORE}_{block}",
                layers=tuple((recipe.layers[k][0], own[k]) for k in kept),
                first=tuple(recipe.first[k] for k in kept),
                seed=recipe.seed + 2,  # the stage border_images has the seed and the next
                starts=STARTS,
            )
    return made
