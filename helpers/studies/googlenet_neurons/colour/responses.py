"""The responses of all units to images, and to versions of them whose colours were changed: the recipe of a stage.

The response to an image is the largest activation over the positions of a layer, behind the ReLU. To a version of an
image there are two: the activation where the unit was most active in the image itself, and the largest anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from helpers.data.images import Images
from helpers.hooks.recording import record
from helpers.studies.googlenet_neurons.colour.versions import CHANGES, Photographs, colours
from helpers.studies.googlenet_neurons.subject import Subject

_BATCH = 10  # images; with all versions of them in memory


@dataclass
class Answers:
    """The units of one branch after the other. All responses are shares of ``scale``, a unit's largest to any image.

    at_place, anywhere: to the images as they are, then to the changed versions, in the order of the recipe.
    colour: the two coordinates of the colour at the unit's place in each image, I and Q.
    scale: 1 for a unit that no image excites.
    number: each image's place among those that were shown.
    """

    at_place: Float[Tensor, "version image unit"]
    anywhere: Float[Tensor, "version image unit"]
    colour: Float[Tensor, "2 image unit"]
    scale: Float[Tensor, " unit"]
    number: Int[Tensor, " image"]


class _Seen(NamedTuple):
    """What one layer gives out for one batch: the activation of each unit at a place, and the largest."""

    place: Int[Tensor, "image unit"]
    at_place: Float[Tensor, "image unit"]
    anywhere: Float[Tensor, "image unit"]
    positions: tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class ColourResponses:
    """All units of a network on some images and on their changed versions.

    changes: the names of :data:`helpers.studies.googlenet_neurons.colour.versions.CHANGES`.
    described: what of the network and the images decides the numbers, as plain JSON values.
    """

    history: ClassVar[type] = Answers
    key: str
    changes: tuple[str, ...]
    described: dict[str, Any]
    seen: Subject = field(repr=False, compare=False)
    images: Images = field(repr=False, compare=False)

    def describe(self) -> dict[str, Any]:
        return {"kind": type(self).__name__, "changes": list(self.changes), **self.described}

    def build(self, *, seeds: Sequence[int], device: torch.device) -> nn.Module:
        """Nothing: no weights belong to the result."""
        return nn.Module()

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[nn.Module, Answers]:
        """One run over the images; the network sees each of them as it is, then its versions."""
        network = self.seen.loaded.network.to(device)
        layers = [branch.layer for branch in self.seen.branches]
        rows: dict[str, list[Tensor]] = {"at_place": [], "anywhere": [], "colour": []}
        numbers: list[int] = []
        for batch in self.images.batches(_BATCH):
            x = batch.x.to(device)
            look = _looker(network, layers, self.seen.loaded.preprocessing)
            first = look(x, {})
            found = [first] + [
                look(CHANGES[name](x), {layer: _moved(own, name) for layer, own in first.items()})
                for name in self.changes
            ]
            for kind in ("at_place", "anywhere"):
                each = [torch.cat([getattr(one[layer], kind) for layer in layers], dim=1) for one in found]
                rows[kind].append(torch.stack(each).cpu())
            hues = colours(x)
            rows["colour"].append(torch.cat([_colour_at(hues, first[layer]) for layer in layers], dim=2).cpu())
            numbers += batch.places
        whole = {kind: torch.cat(parts, dim=1) for kind, parts in rows.items()}
        scale = whole["anywhere"][0].amax(dim=0)
        scale = torch.where(scale > 0, scale, 1.0)
        shares = {kind: (whole[kind] / scale).half() for kind in ("at_place", "anywhere")}
        return nn.Module(), Answers(
            **shares, colour=whole["colour"].half(), scale=scale, number=torch.tensor(numbers, dtype=torch.int)
        )


def _looker(
    network: nn.Module, layers: Sequence[str], preprocessing: Callable[[Tensor], Tensor]
) -> Callable[[Photographs, Mapping[str, Tensor]], dict[str, _Seen]]:
    """A function from images, and the places to look at by layer, to what each layer gives out.

    Without places it looks where each unit is most active.
    """

    def look(x: Photographs, places: Mapping[str, Tensor]) -> dict[str, _Seen]:
        def kept(name: str, output: Tensor) -> _Seen:
            flat = output.clamp(min=0).flatten(2)  # (image, unit, position)
            largest, own = flat.max(dim=2)
            place = places.get(name, own)
            at_place = flat.gather(2, place[..., None])[..., 0]
            return _Seen(place, at_place, largest, (output.shape[2], output.shape[3]))

        with torch.no_grad(), record(network, layers, stop=True, keep=kept) as found:
            network(preprocessing(x))
        return dict(found)

    return look


def _moved(seen: _Seen, change: str) -> Int[Tensor, "image unit"]:
    """Where the place of each unit lies in a version of the image: only the mirror moves it."""
    if change != "mirrored":
        return seen.place
    columns = seen.positions[1]
    row, column = seen.place // columns, seen.place % columns
    return row * columns + columns - 1 - column


def _colour_at(hues: Float[Tensor, "image 2 height width"], seen: _Seen) -> Float[Tensor, "2 image unit"]:
    """The mean colour of the part of the image that belongs to the unit's position."""
    cells = functional.adaptive_avg_pool2d(hues, seen.positions).flatten(2)  # (image, 2, position)
    return torch.stack([cells[:, axis].gather(1, seen.place) for axis in range(2)])
