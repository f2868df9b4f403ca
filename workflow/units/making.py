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


def look(name: str, stages: Path, *, scale: str, device: str) -> None:
    """Make the pass over the images of the book: ``NAME-look.safetensors`` in the folder ``stages``.

    An empty file stands for a network that is not here.
    """
    target, _ = files(name, stages)
    loaded = found(name)
    if loaded is None:
        _write_nothing(target)
        return
    images = natural_images({"images": AUTO, "scale": scale}, loaded)
    layers = unit_layers(loaded, traced(loaded.network), images.size)
    where = torch.device(Device().check("device", device))
    looking.save(looking.look(name, loaded, layers, images, seed=SEED, device=where), target)


def climb(name: str, stages: Path, *, scale: str, device: str) -> None:
    """Optimise images of some units of a network: ``NAME-images.safetensors`` in the folder ``stages``.

    An empty file stands for a network that is not here.
    """
    _, target = files(name, stages)
    loaded = found(name)
    if loaded is None:
        _write_nothing(target)
        return
    layers = unit_layers(loaded, traced(loaded.network), loaded.preprocessing.size)
    where = torch.device(Device().check("device", device))
    made = climbing.climb(name, loaded, layers, climbing.EACH[scale], scale=scale, seed=SEED, device=where)
    climbing.save(made, target)


def _write_nothing(target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(b"")


def files(name: str, stages: Path) -> tuple[Path, Path]:
    """The two files of a network in the folder of stages."""
    return stages / f"{name}-look.safetensors", stages / f"{name}-images.safetensors"
