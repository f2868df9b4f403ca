"""Networks in a file: safetensors, with the recipe that made them in its header. Nothing is unpickled.

A file may also hold the tensors of the history of the training.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from helpers.atomic_files import atomic_write
from helpers.errors import BadInput
from helpers.pages.provenance import digest

_HEADER = "made"  # the entry of the metadata that says what the networks are and what made them
_HISTORY = "history."  # prefix of the name of a tensor that belongs to the training, not to the network


class NetworkFileError(BadInput):
    """A file of networks is damaged, or it is not the one that was asked for."""


def save(
    network: nn.Module,
    path: Path,
    recipe: Mapping[str, Any],
    history: Mapping[str, Tensor] | None = None,
    *,
    made_by: Mapping[str, str] | None = None,
) -> None:
    """Write the networks and the history of their training to a file, which appears complete or not at all.

    network: the networks; all tensors of their state are saved.
    path: the file.
    recipe: describes the networks, in plain JSON values.
    history: the tensors of the history by their names.
    made_by: what made the networks (the digest of the code, ...).
    """
    named = network.state_dict() | {_HISTORY + name: tensor for name, tensor in (history or {}).items()}
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in named.items()}
    with atomic_write(path) as partial:
        # one entry: safetensors writes several in an order that changes from file to file
        made = {"recipe": recipe, "made_by": made_by or {}, "sha256": _digest(tensors)}
        header = json.dumps(made, sort_keys=True)
        save_file(tensors, partial, metadata={_HEADER: header})


def load(
    network: nn.Module,
    path: Path,
    recipe: Mapping[str, Any],
    history: Collection[str] = (),
    *,
    made_by: Mapping[str, str] | None = None,
) -> dict[str, Tensor]:
    """Fill the networks from a file, and return the history of their training. They change only if everything fits.

    network: the networks, whose tensors have the expected names and shapes.
    path: the file.
    recipe: the recipe that the file must name.
    history: the names of the tensors that the history must consist of.
    made_by: what must have made the networks; None if that does not matter.

    Raises NetworkFileError if the file is truncated or no safetensors file, if its numbers have changed since it was
    written, if it was made by another recipe or by something else, or if it has missing or unknown tensors or other
    shapes. Its sentence names the file, what it holds and what was expected.
    """
    try:
        with safe_open(path, framework="pt") as file:
            header = json.loads((file.metadata() or {}).get(_HEADER, "{}"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
    except (SafetensorError, OSError, ValueError) as error:
        raise NetworkFileError(f"{path.name} is not a whole safetensors file ({error}).") from None
    _same_recipe(path, header.get("recipe"), json.loads(json.dumps(recipe)))
    if made_by is not None and header.get("made_by") != dict(made_by):
        found_by = header.get("made_by") or {}
        changed = [what for what in made_by if found_by.get(what) != made_by[what]]
        raise NetworkFileError(f"{path.name} was made with another {' and '.join(changed)}.")
    sums = _digest(tensors)
    found = {name.removeprefix(_HISTORY): tensors.pop(name) for name in list(tensors) if name.startswith(_HISTORY)}
    _same_tensors(path, tensors, network.state_dict())
    if found.keys() != set(history):
        held, wanted = (", ".join(sorted(names)) or "nothing" for names in (found, history))
        raise NetworkFileError(f"{path.name} holds {held} of the history of the training, expected is {wanted}.")
    if header.get("sha256") != sums:
        raise NetworkFileError(f"{path.name} is damaged: its numbers are not those that were written.")
    network.load_state_dict(tensors)
    return found


def _digest(tensors: Mapping[str, Tensor]) -> str:
    """The digest of all tensors, in the order of their names."""
    return digest(tensors[name] for name in sorted(tensors))


def _same_recipe(path: Path, found: object, expected: dict[str, Any]) -> None:
    if not isinstance(found, dict):
        raise NetworkFileError(f"{path.name} does not say how its networks were made; a recipe was expected.")
    keys = [key for key in sorted({*found, *expected}) if found.get(key) != expected.get(key)]
    if keys:
        differences = ", ".join(f"{key} is {found.get(key)} instead of {expected.get(key)}" for key in keys)
        raise NetworkFileError(f"{path.name} is from another run: {differences}.")


def _same_tensors(path: Path, found: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    shapes = {name: tuple(tensor.shape) for name, tensor in found.items()}
    wanted = {name: tuple(tensor.shape) for name, tensor in expected.items()}
    for name in sorted({*shapes, *wanted}):
        if shapes.get(name) != wanted.get(name):
            raise NetworkFileError(
                f"{path.name} holds another architecture: {name} is {shapes.get(name, 'missing')}, "
                f"expected is {wanted.get(name, 'no such tensor')}."
            )


def recipe_of(path: Path) -> dict[str, Any]:
    """The recipe that a file of networks names; raises NetworkFileError for a file that is damaged or names none."""
    try:
        with safe_open(path, framework="pt") as file:
            return dict(json.loads((file.metadata() or {})[_HEADER])["recipe"])
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise NetworkFileError(f"{path.name} is not a whole file of networks with a recipe ({error}).") from None
