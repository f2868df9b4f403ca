"""How strongly units respond to images: one number for each image and unit, and the position that it comes from."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from helpers.errors import BadInput

MAXIMUM, MEAN = "maximum", "mean"  # of a unit's activations over the positions of its layer
_GATHERED = 2**24  # activations that are copied at once


class ActivationError(BadInput):
    """Activations, or statistics of activations, that cannot be had of these inputs."""


class Responses(NamedTuple):
    """The responses of units to some images.

    position is that of the largest activation, also where the response is a mean: (row, column) in a map, (token,) in a
    layer of tokens, and -1 where a layer has fewer axes. It is known where a reducer asked for it, else it is 0.
    """

    value: Float[Tensor, "image unit"]  # float32
    position: Int[Tensor, "image unit axis"]
    number: Int[Tensor, " image"]  # of each image in the list of all images, from 0
    label: Int[Tensor, " image"]  # its class


def response(activation: Float[Tensor, "image unit *position"], over: str = MAXIMUM) -> Float[Tensor, "image unit"]:
    """The largest activation of each unit over the positions of its layer, or the mean, in float32."""
    axes = tuple(range(2, activation.dim()))
    if not axes:
        return activation.float()
    return (activation.amax(axes) if over == MAXIMUM else activation.float().mean(axes)).float()


def positions(
    activation: Float[Tensor, "image unit *position"], asked: Bool[Tensor, "image unit"]
) -> Int[Tensor, "image unit axis"]:
    """Where each unit is most active on each image, for those asked for; 0 for the others. The first among equals.

    To find the place of a maximum takes several times as long as its value, so it is sought for few.
    """
    spans = activation.shape[2:]
    places = asked.new_zeros(asked.shape, dtype=torch.long)
    if spans:
        image, unit = asked.nonzero(as_tuple=True)
        for part in torch.arange(len(image), device=asked.device).split(max(1, _GATHERED // spans.numel())):
            places[image[part], unit[part]] = activation[image[part], unit[part]].flatten(1).argmax(1)
    index = torch.unravel_index(places, spans) if spans else ()
    return torch.stack(index, -1).int() if index else places.new_zeros(*places.shape, 0, dtype=torch.int32)


def require_finite(
    value: Float[Tensor, "image unit"], *, unit_name: Callable[[int], str], image_name: Callable[[int], str]
) -> None:
    """Raise ActivationError, naming the unit and the image by their indices, for a response that is not finite."""
    if not value.isfinite().all():
        image, unit = (~value.isfinite()).nonzero()[0].tolist()
        raise ActivationError(
            f"{unit_name(unit)} has the activation {value[image, unit].item()} on {image_name(image)}; the strongest "
            f"can be told among finite activations only"
        )
