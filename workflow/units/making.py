"""What takes long for the networks of the book: the pass over images, and images that no stage has optimised yet."""

from __future__ import annotations

from pathlib import Path

import torch

from helpers.data.images import AUTO
from helpers.models.pretrained import Pretrained, load
from helpers.models.pretrained.weights import WeightsError
from helpers.pages.devices import Device
from helpers.studies.googlenet_neurons.images import natural_images
from workflow.units import climbing, looking
from workflow.units.layers import traced, unit_layers

STAGED = "googlenet"  # whose optimised images a stage of the book makes
STAGES = "stages/units"  # in the folder of a build
SEED = 0


def found(name: str) -> Pretrained | None:
    """A network of the book; None where neither its weights nor narrow ones are here."""
    try:
        return load(name)
    except WeightsError:
        return None


def make(name: str, stages: Path, *, scale: str, device: str) -> None:
    """Make what takes long: the pass over the images of the book, and optimised images where no stage has them.

    stages: the folder for ``NAME-look.safetensors`` and ``NAME-images.safetensors``. Empty files stand for a network
    that is not here.
    """
    looked, climbed = files(name, stages)
    stages.mkdir(parents=True, exist_ok=True)
    loaded = found(name)
    if loaded is None:
        looked.write_bytes(b"")
        climbed.write_bytes(b"")
        return
    images = natural_images({"images": AUTO, "scale": scale}, loaded)
    where = torch.device(Device().check("device", device))
    layers = unit_layers(loaded, traced(loaded.network), images.size)
    looking.save(looking.look(name, loaded, layers, images, seed=SEED, device=where), looked)
    if name == STAGED:
        climbed.write_bytes(b"")
        return
    each = climbing.EACH[scale]
    climbing.save(climbing.climb(name, loaded, layers, each, scale=scale, seed=SEED, device=where), climbed)


def files(name: str, stages: Path) -> tuple[Path, Path]:
    """The two files of a network in the folder of stages."""
    return stages / f"{name}-look.safetensors", stages / f"{name}-images.safetensors"
