"""Stage: the optimised images of the units with the highest scores of algorithm 4, and of ordinary ones beside them.

Three artefacts for each block that has such units, under the name of the way, "_", and the block's name; each an
:class:`helpers.studies.googlenet_neurons.optimising.Optimised`. The ways:

| way | what is other |
| --- | --- |
| ``border`` | nothing: the study's padding |
| ``free`` | no padding; the canvas is larger by it, so that the network sees as many pixels |
| ``again`` | the start |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch

from helpers.ascent.unit_jobs import Setting
from helpers.ascent.views import Views
from helpers.studies.googlenet_neurons.border_lines import joined, lines_of
from helpers.studies.googlenet_neurons.border_matching import pictured, places_of
from helpers.studies.googlenet_neurons.optimising import ImagesOfUnits, firsts_in_block, recipe, runs_in_half
from helpers.studies.googlenet_neurons.stages import border_responses
from helpers.studies.googlenet_neurons.subject import subject

HAS_NETWORKS = False
READS: dict[Any, list[str]] = {border_responses: ["natural"]}
WAYS = STUDYS, FREE, AGAIN = ("border", "free", "again")
MOST = {"smoke": 2, "laptop": 40, "paper": 1000}  # units above the threshold; as many ordinary ones


def recipes(values: Mapping[str, Any], read: Mapping[str, Any]) -> dict[str, ImagesOfUnits]:
    """A recipe for each block and way, for a page's ``model``, ``layer``, ``scale`` and ``seed``."""
    seen, scale, seed = subject(values), values["scale"], values["seed"]
    branches = seen.kernel_sets()
    places = places_of(branches)
    lines = joined([lines_of(seen.weights(branch)) for branch in branches])
    pairs = torch.cat(pictured(lines, read["natural"].history.mean, places, most=MOST[scale])).tolist()
    pixels, steps = {"smoke": (32, 4), "laptop": (128, 64), "paper": (128, 2048)}[scale]
    setting = Setting(
        size=min(pixels, max(32, seen.loaded.preprocessing.size)),
        steps=steps,
        half=scale != "smoke" and runs_in_half(torch.device(values["device"])),
    )
    larger = setting.size + 2 * Views().pad
    ways = {
        STUDYS: (setting, seed),
        FREE: (replace(setting, size=larger, views=Views(pad=0)), seed),
        AGAIN: (setting, seed + 1),
    }
    made = {}
    for block in seen.blocks:
        own = {branch.convolution: places[branch.layer] for branch in block.branches if branch.layer in places}
        units = {
            name: tuple(sorted(unit - place.start for unit in pairs if place.start <= unit < place.stop))
            for name, place in own.items()
        }
        units = {name: some for name, some in units.items() if some}
        for way, (own_setting, start) in ways.items() if units else ():
            made[f"{way}_{block.name}"] = recipe(
                f"{way}_{block.name}",
                units,
                firsts_in_block(block),
                model=str(values["model"]),
                weights=seen.loaded.weights.sha256,
                setting=own_setting,
                seed=start,
                directions=(1,),
            )
    return made
