"""Stage: images that are optimised to excite and to inhibit units of every block.

An artefact a block, under its name, each an :class:`helpers.studies.googlenet_neurons.optimising.Optimised`. Units are
a sample, drawn by the seed and spread over the branches in proportion; at paper scale all. Of a network of many layers,
some are looked at, spread in depth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from helpers.ascent.unit_jobs import Setting
from helpers.studies.googlenet_neurons.optimising import ImagesOfUnits, firsts_in_block, recipe, runs_in_half, sample
from helpers.studies.googlenet_neurons.subject import Block, subject

HAS_NETWORKS = False


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is computed at a scale: units of a block, and of a branch at least; blocks; pixels; steps;
    and how often an image that does not climb begins anew."""

    units: int
    least: int
    blocks: int
    pixels: int
    steps: int
    restarts: int = 3


SIZES = {
    "smoke": Size(units=6, least=2, blocks=3, pixels=32, steps=4, restarts=1),
    "laptop": Size(units=60, least=6, blocks=9, pixels=96, steps=64),
    "paper": Size(units=10**6, least=6, blocks=10**6, pixels=128, steps=2048),
}
OTHERS = 6  # layers of a network without blocks that are looked at, below paper scale


def recipes(values: Mapping[str, Any]) -> dict[str, ImagesOfUnits]:
    """A recipe a block for a page's ``model``, ``layer``, ``scale`` and ``seed``."""
    seen, size, seed = subject(values), SIZES[values["scale"]], values["seed"]
    pixels = min(size.pixels, max(32, seen.loaded.preprocessing.size))
    setting = Setting(
        size=pixels,
        steps=size.steps,
        restarts=size.restarts,
        half=values["scale"] != "smoke" and runs_in_half(torch.device(values["device"])),
    )
    made = {}
    for block in spread(list(seen.blocks), size.blocks):
        units = sample(block, min(size.units, block.units), least=size.least, seed=seed)
        made[block.name] = recipe(
            block.name,
            units,
            firsts_in_block(block),
            model=str(values["model"]),
            weights=seen.loaded.weights.sha256,
            setting=setting,
            seed=seed,
        )
    return made


def spread(blocks: list[Block], most: int) -> list[Block]:
    """At most so many blocks, evenly spread in depth; of blocks with one branch each at most six, or all at paper."""
    plain = all(len(block.branches) == 1 for block in blocks)
    most = min(most, OTHERS) if plain and most < 10**6 else most
    if len(blocks) <= most:
        return blocks
    return [blocks[round(each * (len(blocks) - 1) / (most - 1))] for each in range(most)]
