"""The one expensive look: how strongly every unit of a network responds to every image, and where.

It is made in a streaming pass that resumes where it was interrupted (:mod:`helpers.hooks.reducers.unit_pass`), and is
kept in one file, from which all that the explorer shows of images is made.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float, Int
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from helpers.atomic_files import atomic_write
from helpers.data.image_set import ImageSet
from helpers.data.images import Images, in_words
from helpers.errors import BadInput
from helpers.hooks.reducers.pass_tensors import from_stage
from helpers.hooks.reducers.unit_pass import UnitPass
from helpers.models.pretrained import Pretrained
from workflow.units.layers import UnitLayer

_HEADER = "units of the explorer"


class LookError(BadInput):
    """A kept look that is damaged or of another network, or images of which none can be read."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What the pass found.

    value: the largest activation of a unit over all positions, before the ReLU; place: where it is, (row, column).
    images: the set, of which those that can be read are looked at. weights: the digest of the network's weights.
    """

    value: Float[Tensor, "unit image"]
    place: Int[Tensor, "unit image 2"]
    images: ImageSet
    seed: int
    weights: str
    unreadable: dict[str, str]

    def opened(self) -> Images:
        """The images that were looked at, in the order of the axis."""
        every = self.images.open(self.seed)
        return every.at([k for k, name in enumerate(every.names) if name not in self.unreadable])


def look(
    model: str,
    loaded: Pretrained,
    layers: Sequence[UnitLayer],
    images: ImageSet,
    *,
    seed: int,
    device: torch.device,
) -> Look:
    """Make the pass, or go on with an interrupted one.

    Raises LookError where fewer than two images can be read, and what :func:`helpers.hooks.reducers.one_pass.one_pass`
    raises.
    """
    opened = images.open(seed)
    for _ in opened.batches(64, progress=False):  # which can be read? decoding takes little beside the network
        pass
    unreadable = {name: why for name, why in opened.reasons.items() if name in set(opened.names)}
    read = len(opened) - len(unreadable)
    if read < 2:
        why = f" ({in_words(unreadable)} cannot be read)" if unreadable else ""
        raise LookError(f"{opened.name} has {read} image{'s' * (read != 1)} that can be read{why}; two are the least.")
    recipe = UnitPass(
        key=loaded.name,
        model=model,
        weights=loaded.weights.sha256,
        images=images,
        identity=bytes(opened.identity().tolist()).hex(),
        seed=seed,
        top=read,  # all of them, with their places
        layers=tuple(layer.recorded for layer in layers),
        classes=False,
    )
    _, tensors = recipe.train(seeds=[seed], device=device)
    ranked = from_stage(tensors, name="the pass").reducers["strongest"].found()  # type: ignore[attr-defined]
    whole = [k for k, name in enumerate(opened.names) if name not in unreadable]
    to_place = torch.full((len(opened),), -1)
    to_place[whole] = torch.arange(read)
    order = to_place[ranked.number.cpu()]  # (unit, rank)
    value = torch.empty(order.shape).scatter_(1, order, ranked.value.cpu())
    place = torch.empty(*order.shape, 2, dtype=torch.int16)
    place.scatter_(1, order[:, :, None].expand(-1, -1, 2), ranked.position.cpu().to(torch.int16))
    return Look(
        value=value, place=place, images=images, seed=seed, weights=loaded.weights.sha256, unreadable=unreadable
    )


def save(found: Look, path: Path) -> None:
    """Write what was found to a file, which appears whole or not at all."""
    header: dict[str, Any] = {name: getattr(found, name) for name in ("seed", "weights", "unreadable")}
    header["images"] = found.images._asdict()
    with atomic_write(path) as partial:
        tensors = {"value": found.value.contiguous(), "place": found.place.contiguous()}
        save_file(tensors, partial, metadata={_HEADER: json.dumps(header)})


def read(path: Path) -> Look:
    """What a file holds; raises LookError for one that is damaged or holds something else."""
    try:
        with safe_open(path, framework="pt") as file:
            header = json.loads((file.metadata() or {})[_HEADER])
            value, place = file.get_tensor("value"), file.get_tensor("place")
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise LookError(f"{path} is no whole file of responses ({error}); delete it and run make again.") from None
    return Look(value=value, place=place, **{**header, "images": ImageSet(**header["images"])})
