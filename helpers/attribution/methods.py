"""The ways back from a unit to the image, by name, and the sentence on what has none."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor

from helpers.errors import BadInput
from helpers.hooks.windows import Window


class CannotReverse(BadInput):
    """A network, or a layer of it, that has no way back here."""


@dataclasses.dataclass(frozen=True)
class AttributionMethod:
    """One of the ways back: whether masks apply, whether the signal is rectified, what it starts with."""

    masks: bool
    rectify: bool
    start: str  # "activation" or "one"

    def __str__(self) -> str:
        known = {DECONVNET: "a deconvnet", GUIDED_BACKPROP: "guided backpropagation", GRADIENT: "the gradient"}
        return known.get(self, repr(self))


DECONVNET = AttributionMethod(masks=False, rectify=True, start="activation")
GUIDED_BACKPROP = AttributionMethod(masks=True, rectify=True, start="activation")
GRADIENT = AttributionMethod(masks=True, rectify=False, start="one")


class Reconstruction(NamedTuple):
    """What arrives in the image plane."""

    signal: Float[Tensor, "unit channel height width"]  # within the receptive field
    receptive_field: Window  # in pixels of the image
    bias: Float[Tensor, " unit"]  # effective bias; only GRADIENT has one, it is zero else
    image_shape: tuple[int, int, int]
    # Whether all on the way is linear part by part, as rectifiers and max pooling are. The bias is then that of the
    # part in which the image lies; where a way curves (GELU, attention), it is what is missing to the activation.
    piecewise_linear: bool = True

    def full(self) -> Float[Tensor, "unit channel rows columns"]:
        """The signal in a plane of the image's size, zero outside the receptive field."""
        plane = self.signal.new_zeros(len(self.signal), *self.image_shape)
        plane[..., *self.receptive_field.slices] = self.signal
        return plane
