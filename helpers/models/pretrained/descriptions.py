"""A small file that says what a checkpoint holds: architecture, preprocessing, class names. JSON or YAML.

    architecture: vgg16            # vgg16, googlenet, or a name of torchvision's
    weights: mine.safetensors      # beside this file
    preprocessing: {size: 64, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25]}
    class_names: [square, circle]

Further entries: ``classes`` (a number, where the classes have no names), ``options`` of the architecture (``width``,
``head``, ``variant``; ``transform_input``, ``image_size`` and the like of torchvision; ``channels`` and ``stem`` of
any, see :mod:`.stems`), ``sha256`` of the weights, ``description``, and ``about`` for whatever else is worth noting.
The networks that come with this package are described in the same way.

In place of ``architecture``, ``model: package.module:factory`` names the reader's own code, which is then imported and
run (:mod:`.reader_code`), with ``options`` as its arguments; ``weights`` may be left out there. Files are looked for
beside the description.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from helpers import yaml_files
from helpers.atomic_files import atomic_write
from helpers.models import preprocessing as preprocessings
from helpers.models.entries import EntriesSchema
from helpers.models.preprocessing import Preprocessing, PreprocessingError
from helpers.models.pretrained.weights import WeightsError, checked
from helpers.user_paths import resolved, shown
from helpers.yaml_files import NotReadable

_SCHEMA = EntriesSchema(Path(__file__).with_name("descriptions.schema.json"))


@dataclass(frozen=True, kw_only=True)
class Description:
    """What a description file says; ``weights`` is the path of the tensors' file."""

    architecture: str = ""  # empty where ``model`` is given
    model: str = ""
    folder: Path = Path()  # where the description lies
    weights: Path | None = None
    preprocessing: Preprocessing | None = None  # None: the architecture's usual one
    class_names: tuple[str, ...] = ()
    classes: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    sha256: str = ""
    description: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)


def read(path: Path) -> Description:
    """The description in a file.

    Raises WeightsError, with one sentence that names the file and the entry, for a file that is missing or is neither
    JSON nor YAML, for entries that ``descriptions.schema.json`` does not allow, and for a number of classes that is
    not the number of class names.
    """
    name = shown(path.name)
    try:
        entries = yaml_files.read(path)
    except NotReadable as error:
        raise WeightsError(str(error)) from None
    if fault := _SCHEMA.first_fault(entries, subject=name) or _contradiction(entries, name):
        raise WeightsError(fault)
    entries["class_names"] = tuple(entries.get("class_names", ()))
    entries["folder"] = path.absolute().parent
    if "weights" in entries:
        entries["weights"] = resolved(entries["weights"], start=entries["folder"])
    if "preprocessing" in entries:
        try:
            entries["preprocessing"] = preprocessings.from_json(entries["preprocessing"])
        except PreprocessingError as error:
            raise WeightsError(f"{name}: {error}") from None
    return Description(**entries)


def _contradiction(entries: Mapping[str, Any], name: str) -> str:
    """One sentence about entries that do not go together, or an empty text."""
    if ("architecture" in entries) == ("model" in entries):
        return f"{name} must name one of architecture and model, and names {'both' if 'model' in entries else 'none'}."
    empty = [key for key in ("architecture", "model", "weights") if key in entries and not entries[key].strip()]
    if empty:
        return f"{name}: {empty[0]} is an empty text."
    if "architecture" in entries and "weights" not in entries:
        return f"{name} does not name its weights; it must, where it names an architecture."
    if "model" in entries and "preprocessing" not in entries:
        return f"{name} does not name its preprocessing; it must, where it names a model of your own."
    names = entries.get("class_names", ())
    if names and entries.get("classes", len(names)) != len(names):
        return f"{name} speaks of {entries['classes']} classes and names {len(names)}."
    return ""


def save(
    network: nn.Module,
    path: Path,
    *,
    architecture: str,
    preprocessing: Preprocessing,
    class_names: tuple[str, ...],
    options: Mapping[str, Any] | None = None,
    description: str = "",
    about: Mapping[str, Any] | None = None,
    dtype: torch.dtype = torch.float16,
) -> None:
    """Write a network's tensors beside ``path`` (``.safetensors``) and its description to ``path`` (``.json``).

    Half precision halves the file; reading gives float32 again. A tensor with values that are too large for it is kept
    in single precision. Both files appear whole or not at all.

    Raises WeightsError for a tensor with values that are not finite.
    """
    weights = path.with_suffix(".safetensors")
    tensors = {name: _in(dtype, name, tensor.detach().cpu()) for name, tensor in network.state_dict().items()}
    with atomic_write(path) as described, atomic_write(weights) as partial:
        save_file(tensors, partial)
        entries = {
            "architecture": architecture,
            "description": description,
            "weights": weights.name,
            "sha256": checked(partial),
            "options": dict(options or {}),
            "preprocessing": preprocessing.as_json(),
            "class_names": list(class_names),
            "about": dict(about or {}),
        }
        described.write_text(json.dumps(entries, indent=1) + "\n", "utf-8")


def _in(dtype: torch.dtype, name: str, tensor: Tensor) -> Tensor:
    """A tensor in this precision, or as it is where its values do not fit; whole numbers stay what they are."""
    if not tensor.is_floating_point():
        return tensor.contiguous()
    if not tensor.isfinite().all():
        raise WeightsError(f"The network cannot be saved: {name} holds values that are not finite.")
    converted = tensor.to(dtype)
    return (converted if converted.isfinite().all() else tensor).contiguous()
