"""Optimised images of units, climbed for the explorer: a sample of each layer's units."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Int, UInt8
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from helpers.ascent.unit_jobs import Setting
from helpers.atomic_files import atomic_write
from helpers.models.pretrained import Pretrained
from helpers.randomness import generator
from helpers.studies.googlenet_neurons.optimising import ImagesOfUnits, Optimised, runs_in_half
from workflow.units.layers import UnitLayer
from workflow.units.looking import LookError

TILE = 96  # pixels a side at most
_SETTINGS = {  # pixels, steps, and how often an image that does not climb begins anew
    "smoke": (32, 4, 1),
    "laptop": (64, 48, 2),
    "paper": (128, 2048, 3),
}
EACH = {"smoke": 4, "laptop": 12, "paper": 10**6}  # units of a layer
_LAYERS_OF_SMOKE = 2
_HEADER = "optimised images of units"


@dataclass(frozen=True, kw_only=True)
class Climbed:
    """Optimised images: direction 0 is the maximum, 1 the minimum.

    unit: numbers among the units of all layers, ascending. how: a sentence on how they were made.
    """

    unit: Int[Tensor, " unit"]
    image: UInt8[Tensor, "unit direction 3 row column"]
    how: str


def sample(layers: Sequence[UnitLayer], each: int, *, scale: str, seed: int) -> dict[str, tuple[int, ...]]:
    """Units of each layer, drawn by the seed, by the module that is climbed; at smoke scale of a few layers only."""
    if scale == "smoke":
        layers = [layers[0], layers[len(layers) // 2]][:_LAYERS_OF_SMOKE]
    chosen = {}
    for layer in layers:
        order = torch.randperm(layer.units, generator=generator(seed, f"explorer's units of {layer.name}"))
        chosen[layer.recorded] = tuple(order[:each].sort().values.tolist())
    return chosen


def climb(
    model: str,
    loaded: Pretrained,
    layers: Sequence[UnitLayer],
    each: int,
    *,
    scale: str,
    seed: int,
    device: torch.device,
) -> Climbed:
    """Images that excite and inhibit some units of each layer; an interrupted ascent goes on where it was."""
    units = {name: own for name, own in sample(layers, each, scale=scale, seed=seed).items() if own}
    pixels, steps, restarts = _SETTINGS[scale]
    pixels = min(pixels, max(32, loaded.preprocessing.size))
    half = scale != "smoke" and runs_in_half(device)
    setting = Setting(size=pixels, steps=steps, restarts=restarts, half=half)
    first = {layer.recorded: layer.first for layer in layers}
    recipe = ImagesOfUnits(
        key=loaded.name,
        model=model,
        weights=loaded.weights.sha256,
        layers=tuple(units.items()),
        first=tuple(first[name] for name in units),
        setting=setting,
        seed=seed,
    )
    _, found = recipe.train(seeds=[seed], device=device)
    return in_small(found, found.unit, f"{pixels} pixels a side, {setting.steps} steps")


def in_small(found: Optimised, unit: Tensor, how: str) -> Climbed:
    """What is shown: units whose images climbed in either direction, in small."""
    there = ~found.dead.any(1)
    image = found.image[there][:, :, 0]  # (unit, direction, 3, row, column) of the first start
    if image.shape[-1] > TILE:
        image = adaptive_avg_pool2d(image.flatten(0, 1).float(), TILE).round().to(torch.uint8).unflatten(0, (-1, 2))
    return Climbed(unit=unit[there], image=image, how=how)


def save(found: Climbed, path: Path) -> None:
    """Write the images to a file, which appears whole or not at all."""
    with atomic_write(path) as partial:
        tensors = {"unit": found.unit.contiguous(), "image": found.image.contiguous()}
        save_file(tensors, partial, metadata={_HEADER: json.dumps(found.how)})


def read(path: Path) -> Climbed:
    """What a file holds; raises LookError for one that is damaged or holds something else."""
    try:
        with safe_open(path, framework="pt") as file:
            how: Any = json.loads((file.metadata() or {})[_HEADER])
            return Climbed(unit=file.get_tensor("unit"), image=file.get_tensor("image"), how=str(how))
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise LookError(
            f"{path} is no whole file of optimised images ({error}); delete it and run make again."
        ) from None
