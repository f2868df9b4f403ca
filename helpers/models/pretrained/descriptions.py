"""A small file that says what a checkpoint holds: architecture, preprocessing, class names. JSON or YAML.

    architecture: vgg16            # vgg16, googlenet, or a name of torchvision's
    weights: mine.safetensors      # beside this file
    preprocessing: {size: 64, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25]}
    class_names: [square, circle]

Further entries: ``classes`` (a number, where the classes have no names), ``options`` of the architecture (``width``,
``head``, ``variant``), ``sha256`` of the weights, ``description``, and ``about`` for whatever else is worth noting.
The networks that come with this package are described in the same way.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import yaml
from safetensors.torch import save_file
from torch import nn

from helpers.atomic_files import atomic_write
from helpers.models import preprocessing as preprocessings
from helpers.models.entries import EntriesSchema
from helpers.models.preprocessing import Preprocessing, PreprocessingError
from helpers.models.pretrained.weights import WeightsError, checked

SUFFIXES = (".json", ".yml", ".yaml")
_SCHEMA = EntriesSchema(Path(__file__).with_name("descriptions.schema.json"))


@dataclass(frozen=True, kw_only=True)
class Description:
    """What a description file says; ``weights`` is the path of the tensors' file."""

    architecture: str
    weights: Path
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
    try:
        text = path.read_text("utf-8")
        entries = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except FileNotFoundError:
        raise WeightsError(f"There is no file {path}.") from None
    except (OSError, ValueError, yaml.YAMLError):
        raise WeightsError(f"{path.name} is not a {'JSON' if path.suffix == '.json' else 'YAML'} file.") from None
    if fault := _SCHEMA.first_fault(entries, subject=path.name):
        raise WeightsError(fault)
    names = tuple(map(str, entries.get("class_names", ())))
    if names and entries.get("classes", len(names)) != len(names):
        raise WeightsError(f"{path.name} speaks of {entries['classes']} classes and names {len(names)}.")
    entries |= {"class_names": names, "weights": path.parent / entries["weights"]}
    if "preprocessing" in entries:
        try:
            entries["preprocessing"] = preprocessings.from_json(entries["preprocessing"])
        except PreprocessingError as error:
            raise WeightsError(f"{path.name}: {error}") from None
    return Description(**entries)


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

    Half precision halves the file; reading gives float32 again. Both files appear whole or not at all.
    """
    weights = path.with_suffix(".safetensors")
    tensors = {name: tensor.detach().cpu().to(dtype).contiguous() for name, tensor in network.state_dict().items()}
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
