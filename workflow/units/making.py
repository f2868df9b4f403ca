"""What takes long for the networks of the book: the pass over images, and images that no stage has optimised yet."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import torch

from helpers.data.images import AUTO
from helpers.models.pretrained import Pretrained, load
from helpers.models.pretrained.loading import EMBEDDED
from helpers.models.pretrained.weights import WeightsError
from helpers.pages.devices import Device
from helpers.studies.googlenet_neurons.images import natural_images
from workflow.units import climbing, looking
from workflow.units.layers import traced, unit_layers

STAGED = "googlenet"  # whose optimised images a stage of the book makes
STAGES = "stages/units"  # in the folder of a build
SEED = 0
# The narrow networks that come with the package, and what those trained on photographs are called
NARROW = {"narrow_googlenet": "googlenet", "narrow_vgg16": "vgg16"}
_OF_NARROW = 4  # units of a layer at most that have optimised images: there are many small layers


class Found(NamedTuple):
    """A network of the book, whose name is that of its units in tables, and what a process loads it by."""

    loaded: Pretrained
    model: str


def found(name: str) -> Found | None:
    """A network of the book; None where it is not here.

    Where there are no weights from photographs, a narrow network stands under the other's name, and not twice.
    """
    usual = NARROW.get(name, name)
    try:
        loaded = load(usual)
    except WeightsError:
        return None
    if name == usual:
        return Found(loaded, name)
    if loaded.weights.source == "embedded":
        return None
    return Found(replace(load(usual, weights="embedded"), name=name), str(EMBEDDED / f"{usual}.json"))


def look(name: str, stages: Path, *, scale: str, device: str) -> None:
    """Make the pass over the images of the book: ``NAME-look.safetensors`` in the folder ``stages``.

    An empty file stands for a network that is not here.
    """
    target, _ = files(name, stages)
    here = found(name)
    if here is None:
        _write_nothing(target)
        return
    loaded = here.loaded
    images = natural_images({"images": AUTO, "scale": scale}, loaded)
    layers = unit_layers(loaded, traced(loaded.network), images.size)
    where = torch.device(Device().check("device", device))
    looking.save(looking.look(here.model, loaded, layers, images, seed=SEED, device=where), target)


def climb(name: str, stages: Path, *, scale: str, device: str) -> None:
    """Optimise images of some units of a network: ``NAME-images.safetensors`` in the folder ``stages``.

    An empty file stands for a network that is not here.
    """
    _, target = files(name, stages)
    here = found(name)
    if here is None:
        _write_nothing(target)
        return
    loaded = here.loaded
    layers = unit_layers(loaded, traced(loaded.network), loaded.preprocessing.size)
    where = torch.device(Device().check("device", device))
    each = min(climbing.EACH[scale], _OF_NARROW) if name in NARROW else climbing.EACH[scale]
    made = climbing.climb(here.model, loaded, layers, each, scale=scale, seed=SEED, device=where)
    climbing.save(made, target)


def _write_nothing(target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(b"")


def files(name: str, stages: Path) -> tuple[Path, Path]:
    """The two files of a network in the folder of stages."""
    return stages / f"{name}-look.safetensors", stages / f"{name}-images.safetensors"
