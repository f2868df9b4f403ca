"""Stages: they make expensive artefacts, such as trained networks, which pages only read.

A stage is a module ``helpers.studies.<study>.stages.<name>`` with a function ``recipes(values)``. For these parameters
of a page it gives the recipe of each artefact, by key. A stage that needs artefacts of another stage names them in
``READS``, a mapping from that stage to the keys it reads; ``recipes`` then gets these artefacts as a second argument.
A stage that trains no networks, whose artefacts are measurements alone, says ``HAS_NETWORKS = False``.

The build runs each stage by a rule of its own, before the pages that need it. A page that is opened alone makes what is
missing. An artefact is a file that names its recipe, the digest of the stage's code, the version of PyTorch and the
kind of device. If one of these differs, or if the file is damaged, the artefact is made again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar, NamedTuple, Protocol, runtime_checkable

import torch
from filelock import FileLock
from torch import nn

from helpers.errors import BadInput
from helpers.pages import code_digest, folders, network_files


@runtime_checkable
class Recipe(Protocol):
    """How the networks of one artefact are built and trained.

    key: names the file.
    describe: gives everything that decides the weights, as plain JSON values.
    train: gives the networks and the history of their training, a dataclass of tensors of the type ``history``; None if
    that is None. The result for a seed depends on that seed alone.
    """

    history: ClassVar[type | None]

    @property
    def key(self) -> str: ...
    def describe(self) -> dict[str, Any]: ...
    def build(self, *, seeds: Sequence[int], device: torch.device) -> nn.Module: ...
    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[nn.Module, Any]: ...


class Trained(NamedTuple):
    """Networks and the history of their training."""

    networks: Any
    history: Any


def name(stage: ModuleType) -> str:
    """The stage's name: "jump_detection/perceptrons"."""
    *_, study, _, own = stage.__name__.split(".")
    return f"{study}/{own}"


def has_networks(stage: ModuleType) -> bool:
    """Whether the stage trains networks, so that there are untrained ones to compare with."""
    return bool(getattr(stage, "HAS_NETWORKS", True))


def make(
    stage: ModuleType,
    values: Mapping[str, Any],
    *,
    seeds: Sequence[int],
    device: torch.device,
    folder: Path,
    only: Collection[str] = (),
) -> dict[str, Trained]:
    """The artefacts of a stage for these values of a page's parameters, by key: read from files, or made if missing.

    stage: the module of the stage.
    values: the page's parameters.
    seeds: the seeds of the networks.
    device: where networks are trained.
    folder: the folder of all stages.
    only: the keys that are wanted; all if none is given.

    If several processes ask for the same artefacts at the same time, one makes them, and the others wait and read.
    Raises KeyError for an unknown key, and BadInput if the folder cannot be written.
    """
    recipes = recipes_of(stage, values, seeds=seeds, device=device, folder=folder)
    wanted = {key: recipes[key] for key in only or recipes}
    made_by = _made_by(stage, device)
    place = folder / name(stage)
    if why := folders.unwritable(place):
        raise BadInput(f"Networks cannot be kept in {place} ({why}); HELPERS_STAGES names the folder.")
    files = {key: file(place, recipe, seeds) for key, recipe in wanted.items()}
    lock = hashlib.sha256(" ".join(sorted(path.name for path in files.values())).encode()).hexdigest()[:10]
    with FileLock(place / f".{lock}.lock"):
        found: dict[str, Trained] = {}
        for key, recipe in wanted.items():
            stored = _read(recipe, files[key], seeds, device, made_by)
            if stored is not None:
                found[key] = stored
        missing = {key: recipe for key, recipe in wanted.items() if key not in found}
        for key, trained in zip(missing, _train(stage, list(missing.values()), seeds, device), strict=True):
            _write(wanted[key], trained, files[key], seeds, made_by)
            found[key] = trained
    return {key: found[key] for key in wanted}


def write_untrained(
    stage: ModuleType,
    values: Mapping[str, Any],
    *,
    seeds: Sequence[int],
    device: torch.device,
    folder: Path,
    target: Path,
) -> list[Path]:
    """Write the artefacts of a stage anew with the networks as they were before training, with the trained history.

    stage, values, seeds, device, folder: as for :func:`make`, which makes what is missing.
    target: the folder of all stages in which the new files lie, under the same names.

    A recipe whose networks are not those of ``build`` before training has a method ``untrained``. Returns the files.
    """
    made = make(stage, values, seeds=seeds, device=device, folder=folder)
    recipes = recipes_of(stage, values, seeds=seeds, device=device, folder=folder)
    written = []
    for key, trained in made.items():
        recipe = recipes[key]
        begin = getattr(recipe, "untrained", recipe.build)
        path = file(target / name(stage), recipe, seeds)
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(
            recipe, Trained(begin(seeds=seeds, device=device), trained.history), path, seeds, _made_by(stage, device)
        )
        written.append(path)
    return written


def recipes_of(
    stage: ModuleType, values: Mapping[str, Any], *, seeds: Sequence[int], device: torch.device, folder: Path
) -> dict[str, Recipe]:
    """The recipes of a stage for these values, by key.

    stage, values, seeds, device, folder: as for :func:`make`.

    Artefacts of other stages that it reads are made if they are missing.
    """
    read: dict[str, Trained] = {}
    for other, keys in getattr(stage, "READS", {}).items():
        read |= make(other, values, seeds=seeds, device=device, folder=folder, only=keys)
    recipes: dict[str, Recipe] = stage.recipes(values, read) if read else stage.recipes(values)
    return recipes


def file(place: Path, recipe: Recipe, seeds: Sequence[int]) -> Path:
    """The file of an artefact: one file per recipe and seeds.

    place: the folder of the stage.
    recipe: the recipe of the artefact.
    seeds: the seeds of its networks.
    """
    described = json.dumps(_recipe(recipe, seeds), sort_keys=True)
    return place / f"{recipe.key}-{hashlib.sha256(described.encode()).hexdigest()[:10]}.safetensors"


def _train(
    stage: ModuleType, recipes: Sequence[Recipe], seeds: Sequence[int], device: torch.device
) -> Iterable[Trained]:
    """Train the recipes one after the other, unless the stage has a function that trains several side by side."""
    if recipes and hasattr(stage, "train_together"):
        return (Trained(*pair) for pair in stage.train_together(recipes, seeds=seeds, device=device))
    return _one_by_one(recipes, seeds, device)


def _one_by_one(recipes: Sequence[Recipe], seeds: Sequence[int], device: torch.device) -> Iterator[Trained]:
    for recipe in recipes:
        yield Trained(*recipe.train(seeds=seeds, device=device))


def _read(
    recipe: Recipe, path: Path, seeds: Sequence[int], device: torch.device, made_by: Mapping[str, str]
) -> Trained | None:
    if not path.exists():
        return None
    networks = recipe.build(seeds=seeds, device=device)
    names = [entry.name for entry in fields(recipe.history)] if recipe.history else []
    try:
        tensors = network_files.load(networks, path, _recipe(recipe, seeds), names, made_by=made_by)
    except network_files.NetworkFileError as error:
        print(f"{error} It is made again here.")
        return None
    return Trained(networks, recipe.history(**tensors) if recipe.history else None)


def _write(recipe: Recipe, trained: Trained, path: Path, seeds: Sequence[int], made_by: Mapping[str, str]) -> None:
    tensors = None if trained.history is None else vars(trained.history)
    network_files.save(trained.networks, path, _recipe(recipe, seeds), tensors, made_by=made_by)


def _made_by(stage: ModuleType, device: torch.device) -> dict[str, str]:
    return {"code": code_digest.of_module(stage.__name__), "torch": torch.__version__, "device": device.type}


def _recipe(recipe: Recipe, seeds: Sequence[int]) -> dict[str, Any]:
    return {**recipe.describe(), "seeds": list(seeds)}
