"""How strongly units respond to images: one number for each image and unit, and the position that it comes from."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from helpers.errors import BadInput

MAXIMUM, MEAN = "maximum", "mean"  # of a unit's activations over the positions of its layer
_BLOCK = 200  # positions; over fewer at a time, maxima take longer than over all at once
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


class Activations:
    """The activations of a layer on some images, and what they are reduced to.

    The maxima over blocks of positions are as fast to find as those over all, and where such a maximum lies is sought
    in its block alone, and only where it is asked for: to find the place of a maximum in a whole map takes several
    times as long as its value.
    """

    def __init__(self, activation: Float[Tensor, "image unit *position"]) -> None:
        self.spans = activation.shape[2:]
        flat = activation.flatten(2) if self.spans else activation[:, :, None]
        self._blocks = flat.unflatten(2, (-1, _block(flat.shape[2])))  # (image, unit, block, place)
        self._maxima = self._blocks.amax(3)  # (image, unit, block)

    def response(self, over: str = MAXIMUM) -> Float[Tensor, "image unit"]:
        """The largest activation of each unit over the positions of its layer, or the mean, in float32."""
        return (self._maxima.amax(2) if over == MAXIMUM else self._blocks.float().mean((2, 3))).float()

    def positions(self, asked: Bool[Tensor, "image unit"]) -> Int[Tensor, "image unit axis"]:
        """Where each unit is most active on each image: the first place among equals, row by row.

        Places that are not asked for may be found or not; these are 0.
        """
        found = asked.new_zeros(asked.numel(), len(self.spans), dtype=torch.int32)
        if 2 * int(asked.sum()) > asked.numel():  # so many that picking them out would take longer
            chosen = torch.arange(asked.numel(), device=asked.device)
        else:
            chosen = asked.flatten().nonzero().flatten()
        count, size = self._blocks.shape[2:]
        maxima, blocks = self._maxima.reshape(-1, count), self._blocks.reshape(-1, size)
        for some in chosen.split(max(1, _GATHERED // size)):
            block = maxima.index_select(0, some).argmax(1)
            place = block * size + blocks.index_select(0, some * count + block).argmax(1)
            index = torch.empty(len(some), len(self.spans), dtype=torch.int32, device=asked.device)
            for axis in reversed(range(len(self.spans))):
                index[:, axis] = place % self.spans[axis]
                place = place // self.spans[axis]
            found.index_copy_(0, some, index)
        return found.unflatten(0, asked.shape)


def _block(places: int) -> int:
    """How many positions a block has: the smallest divisor of their number from which on maxima are fast."""
    fitting = (size for size in range(_BLOCK, places) if places % size == 0)
    return next(fitting, places)


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
