"""What a look at a unit needs of its network: input from images, the shape of a layer, and what its positions see."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor, nn

from helpers.hooks.layer_table import layers
from helpers.hooks.receptive_fields import FieldError, ReceptiveField, receptive_field
from helpers.hooks.windows import Span, Window
from helpers.models.preprocessing import Preprocessing
from helpers.models.pretrained import Pretrained
from helpers.units.pictures import PictureError

_SLACK = 0.05  # beyond 0 and 1: filters that enlarge an image overshoot


@dataclass(frozen=True, eq=False)
class Subject:
    """A network and the preprocessing of its images. Nothing of the network is changed."""

    loaded: Pretrained
    _axes: dict[str, int | None] = field(default_factory=dict, repr=False)
    _fields: dict[tuple[str, Span], ReceptiveField | FieldError] = field(default_factory=dict, repr=False)

    @property
    def module(self) -> nn.Module:
        return self.loaded.network

    @property
    def size(self) -> int:
        """Height and width of the images that the network was made for."""
        return self.loaded.preprocessing.size

    @property
    def channels(self) -> int:
        """Of the network's input."""
        return self.loaded.preprocessing.channels

    @property
    def _like(self) -> Tensor:
        """A tensor that lies where the network does and is as precise."""
        return next((each for each in self.module.parameters() if each.is_floating_point()), torch.empty(0))

    @property
    def device(self) -> torch.device:
        """Where the network lies."""
        return self._like.device

    def prepare(self, images: Float[Tensor, "image channel height width"]) -> Tensor:
        """The network's input for images from 0 to 1, where the network lies and as precise as it computes.

        Raises PictureError for other values, such as those of images that were prepared before, unless nothing is done
        here but to hand them on.
        """
        statistics = self.loaded.preprocessing
        plain = Preprocessing(size=statistics.size, mean=(0.0,) * statistics.channels)
        if statistics != plain and images.numel() and not -_SLACK <= images.min() <= images.max() <= 1 + _SLACK:
            raise PictureError(
                f"an image has values from {float(images.min()):.3g} to {float(images.max()):.3g}; allowed are 0 to 1, "
                f"because the network's preprocessing is applied here"
            )
        return statistics(images.to(self._like.device)).to(self._like.dtype)

    def unit_axis(self, layer: str) -> int | None:
        """Which axis of a layer's output counts its units; None where the network cannot be traced to tell."""
        if not self._axes:
            self._axes[""] = None  # asked once, also where there is no answer
            with suppress(FieldError):
                self._axes.update({each.name: each.unit_axis for each in layers(self.module, self.size)})
        return self._axes.get(layer)

    def receptive_field(self, layer: str, span: Span) -> ReceptiveField:
        """The receptive fields of a layer in images of this height and width. Raises FieldError if not known."""
        if (layer, span) not in self._fields:
            try:
                self._fields[layer, span] = receptive_field(self.module, layer, size=span)
            except FieldError as error:
                self._fields[layer, span] = error
        found = self._fields[layer, span]
        if isinstance(found, FieldError):
            raise found
        return found

    def seen(self, layer: str, position: tuple[int, ...], span: Span) -> Window:
        """The pixels that a position sees; the whole image where that is not known, as of attention."""
        try:
            return self.receptive_field(layer, span).window(*position)
        except FieldError:
            return Window(0, span[0], 0, span[1])
