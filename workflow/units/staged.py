"""Optimised images of units that a stage of the book has made.

A module of its own, since what it imports, the setting of pages, must not decide whether images are climbed again.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from helpers.pages import devices, runs, sources, stages
from helpers.studies.googlenet_neurons.optimised import of_stage
from helpers.studies.googlenet_neurons.stages import optimised_images
from helpers.studies.googlenet_neurons.subject import subject
from workflow.units.climbing import Climbed, in_small
from workflow.units.layers import UnitLayer


def from_stage(like: str, layers: Sequence[UnitLayer], *, build: Path, scale: str, device: str) -> Climbed:
    """The optimised images that the stage googlenet_neurons/optimised_images keeps, of the network of its pages.

    like: the page whose parameters count.
    """
    page = sources.read(like)
    values = runs.with_smoke_seeds(page, {**page.defaults, "scale": scale, "device": device})
    values["device"] = devices.Device().check("device", values["device"])
    seeds = range(values["seed"], values["seed"] + values.get("seeds", 1))
    made = stages.make(
        optimised_images, values, seeds=seeds, device=torch.device(values["device"]), folder=build / "stages"
    )
    first = {layer.name: layer.first for layer in layers}
    parts, seen = [], subject(values)
    for name, found in of_stage(made).items():
        block = seen.block(name)
        place = {number: first[b.layer] + number - b.first for b in block.branches for number in b.numbers}
        parts.append(in_small(found, torch.tensor([place[number] for number in found.unit.tolist()]), ""))
    unit = torch.cat([part.unit for part in parts])
    order = unit.argsort()
    size = optimised_images.SIZES[scale]
    how = f"{parts[0].image.shape[-1]} pixels a side, {size.steps} steps"
    return Climbed(unit=unit[order], image=torch.cat([part.image for part in parts])[order], how=how)
