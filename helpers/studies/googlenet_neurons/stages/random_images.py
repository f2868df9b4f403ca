"""Stage: images that are optimised to excite units of random networks, made as those of the trained network are.

An artefact a draw of random weights, each an :class:`helpers.studies.googlenet_neurons.optimising.Optimised` with
maxima alone, whose units count through all branches that the page looks at. Units are of kernels of 3×3 and more, as
many of every block; random kernels are alike before they are drawn, so the first units of a branch serve.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from helpers.ascent.unit_jobs import Setting
from helpers.studies.googlenet_neurons.optimising import ImagesOfUnits, recipe, runs_in_half
from helpers.studies.googlenet_neurons.stages.optimised_images import SIZES, spread
from helpers.studies.googlenet_neurons.subject import Subject, subject

HAS_NETWORKS = False
KEY = "random_weights_"  # and the number of the draw


@dataclass(frozen=True, kw_only=True)
class Extent:
    """How many units of a block are looked at, and in how many draws of random weights."""

    units: int
    draws: int


EXTENTS = {
    "smoke": Extent(units=2, draws=1),
    "laptop": Extent(units=3, draws=5),
    "paper": Extent(units=60, draws=5),
}


def recipes(values: Mapping[str, Any]) -> dict[str, ImagesOfUnits]:
    """A recipe a draw for a page's ``model``, ``layer``, ``scale`` and ``seed``; none without kernels of 3×3."""
    seen, size, extent = subject(values), SIZES[values["scale"]], EXTENTS[values["scale"]]
    units = units_of(seen, blocks=size.blocks, count=extent.units)
    setting = Setting(
        size=min(size.pixels, max(32, seen.loaded.preprocessing.size)),
        steps=size.steps,
        restarts=size.restarts,
        half=values["scale"] != "smoke" and runs_in_half(torch.device(values["device"])),
    )
    firsts = {branch.convolution: seen.places(branch).start for branch in seen.branches}
    return {
        f"{KEY}{draw}": recipe(
            f"{KEY}{draw}",
            units,
            firsts,
            model=str(values["model"]),
            weights=seen.loaded.weights.sha256,
            setting=setting,
            seed=values["seed"],
            directions=(1,),
            draw=draw,
        )
        for draw in range(extent.draws if units else 0)
    }


def units_of(seen: Subject, *, blocks: int, count: int) -> dict[str, tuple[int, ...]]:
    """The units by convolution: of each block ``count``, dealt to its branches with kernels of 3×3 and more."""
    found = {}
    for block in spread(list(seen.blocks), blocks):
        wide = [branch for branch in block.branches if min(branch.size) >= 3]
        for place, branch in enumerate(wide):
            if own := min(branch.units, len(range(place, count, len(wide)))):
                found[branch.convolution] = tuple(range(own))
    return found
