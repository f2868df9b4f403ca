"""The responses of all units to every image of a part: the largest activation over the positions of a layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from helpers.hooks.recording import record
from helpers.hooks.reducers.responses import Activations
from helpers.hooks.unit_axis import units_first
from helpers.studies.conceptual_content.passes import image_sets
from helpers.studies.conceptual_content.subject import Subject, subject

_BATCH = 20  # images
_OF_A_CLASS = 60  # images of Imagenette


@dataclass
class Responses:
    """value: float16, the units of one layer after the other. number: each image's place in the source."""

    value: Float[Tensor, "image unit"]
    number: Int[Tensor, " image"]


@dataclass(frozen=True, kw_only=True)
class ResponsesOfPart:
    """The responses to the images of the first part."""

    history: ClassVar[type] = Responses
    key: str
    described: dict[str, Any]
    seen: Subject = field(repr=False, compare=False)

    def describe(self) -> dict[str, Any]:
        return {"kind": type(self).__name__, **self.described}

    def build(self, *, seeds: Sequence[int], device: torch.device) -> nn.Module:
        """Nothing: no weights belong to the result."""
        return nn.Module()

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[nn.Module, Responses]:
        """One run over the part, keeping a number for each image and unit."""
        seen = self.seen
        axis = {layer.name: layer.unit_axis for layer in seen.layers}
        places = (seen.part_of == 0).nonzero().flatten()
        rows, numbers = [], []

        def kept(name: str, output: Tensor) -> Tensor:
            return Activations(units_first(output, axis[name])).response().cpu().half()

        for batch in seen.images.at(places.tolist()).batches(_BATCH):
            network = seen.loaded.network
            with torch.no_grad(), record(network, list(axis), stop=True, keep=kept) as found:
                network(seen.loaded.preprocessing(batch.x.to(device)))
            rows.append(torch.cat([found[name] for name in axis], dim=1))
            numbers.append(places[batch.places])
        return nn.Module(), Responses(torch.cat(rows), torch.cat(numbers).int())


def recipes_of_responses(values: Mapping[str, Any]) -> dict[str, ResponsesOfPart]:
    """The recipes for these values of a page: "responses", and "imagenette" where this set is."""
    seen = subject(values, torch.device(values["device"]))
    looked_at = {"responses": seen, "imagenette": with_imagenette(seen, values)}
    return {
        key: ResponsesOfPart(key=key, described=described(each), seen=each) for key, each in looked_at.items() if each
    }


def with_imagenette(seen: Subject, values: Mapping[str, Any]) -> Subject | None:
    """The same network's last layer with some images of each class of Imagenette, one part; None without it."""
    chosen = image_sets(values["images"], values["scale"], seen.loaded).get("imagenette")
    if chosen is None:
        return None
    images = chosen._replace(each=min(chosen.each, _OF_A_CLASS)).open(values["seed"])
    part_of = torch.zeros_like(images.labels)
    return replace(seen, key="imagenette", images=images, layers=seen.layers[-1:], part_of=part_of)


def described(seen: Subject) -> dict[str, Any]:
    """What of the network and the images decides the numbers, as plain JSON values."""
    return {
        "network": seen.loaded.name,
        "weights": seen.loaded.weights.sha256,
        "images": bytes(seen.images.identity().tolist()).hex(),
        "size": seen.images.size,
        "layers": list(seen.units),
        "parts": seen.parts,
    }
