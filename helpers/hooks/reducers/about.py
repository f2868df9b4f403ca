"""Of what a pass over images is: the network, the images, the settings, the versions; two passes merge if all agree."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import torch
from torch import nn

from helpers.data.images import Images
from helpers.errors import BadInput
from helpers.hooks.layer_table import Layer
from helpers.models.pretrained import Pretrained

VERSION = 1  # of the files and of what the statistics mean


class AnotherPass(BadInput):
    """Statistics of another network, of other images, or made in another way than those asked for."""


@dataclass(frozen=True, kw_only=True)
class About:
    """What decides the numbers of a pass, as plain JSON values.

    network, images: SHA-256 of the weights and of the images with their names. layers: of each layer its name, its
    number of units and its positions. over: what a response is of. statistics: kind and settings of each by name.
    """

    network: str
    preprocessing: dict[str, Any]
    images: str
    image_count: int
    size: int
    shorter_side: int
    layers: list[list[Any]]
    over: str
    batch_size: int
    statistics: dict[str, dict[str, Any]]
    device: str
    torch: str
    version: int

    @property
    def units(self) -> dict[str, slice]:
        """Where the units of each layer lie among those of all layers."""
        found, first = dict[str, slice](), 0
        for name, units, _ in self.layers:
            found[name] = slice(first, first + units)
            first += units
        return found

    def require_same(self, other: About, name: str) -> None:
        """Raise AnotherPass, with the first difference, if what is called ``name`` is about something else."""
        ours, theirs = asdict(self), asdict(other)
        for field in fields(self):
            if ours[field.name] != theirs[field.name]:
                raise AnotherPass(f"{name} {_difference(field.name, theirs[field.name], ours[field.name])}")


def about(
    loaded: Pretrained,
    images: Images,
    layers: Sequence[Layer],
    statistics: Mapping[str, dict[str, Any]],
    *,
    over: str,
    batch_size: int,
) -> About:
    """The description of a pass; it reads the bytes of all images once."""
    described = About(
        network=_digest(loaded.network),
        preprocessing=loaded.preprocessing.as_json(),
        images=bytes(images.identity().tolist()).hex(),
        image_count=len(images),
        size=images.size,
        shorter_side=images.shorter_side,
        layers=[[layer.name, layer.units, list(layer.positions)] for layer in layers],
        over=over,
        batch_size=batch_size,
        statistics=dict(statistics),
        device=next((parameter.device.type for parameter in loaded.network.parameters()), "cpu"),
        torch=torch.__version__,
        version=VERSION,
    )
    return About(**json.loads(json.dumps(asdict(described))))  # as it is read from a file


def _digest(network: nn.Module) -> str:
    """SHA-256 over the layers, as they print, and the names, types, shapes and bytes of all weights."""
    sha = hashlib.sha256(repr(network).encode())
    for name, tensor in network.state_dict().items():
        held = tensor.detach().cpu().contiguous()
        sha.update(f"{name}/{held.dtype}/{tuple(held.shape)}/".encode())
        sha.update(held.flatten().view(torch.uint8).numpy().tobytes())
    return sha.hexdigest()


def _difference(field: str, found: object, wanted: object) -> str:
    if field in ("network", "preprocessing"):
        return "is of another network"
    if field in ("images", "image_count", "size", "shorter_side"):
        detail = "" if field == "images" else f" ({field} is {found} instead of {wanted})"
        return f"is of another list of images{detail}"
    if field in ("torch", "version"):
        return f"was made by another version ({field} is {found} instead of {wanted})"
    return f"was made with other settings ({field} is {found} instead of {wanted})"
