"""What a network expects of an image: its size, the order of its channels, their scale, mean and deviation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.errors import BadInput
from helpers.models.entries import EntriesSchema

_LEAST_DEVIATION = 1e-3  # as a share of the scale; a quarter of a step of 8-bit images
_LUMINANCE = (0.299, 0.587, 0.114)  # of red, green and blue (ITU-R BT.601), as in Pillow
_SCHEMA = EntriesSchema(Path(__file__).with_name("preprocessing.schema.json"))


class PreprocessingError(BadInput):
    """A description of preprocessing that is not complete or makes no sense."""


@dataclass(frozen=True, kw_only=True)
class Preprocessing:
    """From an image with values from 0 to 1 to the input of a network, and back.

    In this order: the channels are put into ``order`` and multiplied by ``scale`` (1 or 255), ``mean`` is subtracted,
    and the rest is divided by ``std``. ``mean`` and ``std`` are in the network's order and scale, and have as many
    numbers as the network has channels; where one of them is not given, it is 0, or 1, for each, and without both there
    are three channels. ``size`` is the height and width in pixels of the images that the network was trained on;
    nothing is resized here.

    Raises PreprocessingError, with one sentence that names the value, for one that ``preprocessing.schema.json`` does
    not allow: an order that is neither RGB nor BGR, or a size, scale or deviation that is not above 0; also for another
    number of means than of deviations, for BGR without three channels, for numbers that are not finite, and for
    statistics that no images have: means outside 0 to ``scale``, deviations above ``scale`` or next to nothing.
    """

    size: int
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    order: str = "RGB"
    scale: float = 1.0

    def __post_init__(self) -> None:
        for name in ("mean", "std"):
            object.__setattr__(self, name, _numbers(name, getattr(self, name)))
        channels = len(self.mean) or len(self.std) or 3
        object.__setattr__(self, "mean", self.mean or (0.0,) * channels)
        object.__setattr__(self, "std", self.std or (1.0,) * channels)
        _check(self.as_json())
        if len(self.mean) != len(self.std):
            raise PreprocessingError(f"preprocessing: mean has {len(self.mean)} numbers and std has {len(self.std)}.")
        if self.order == "BGR" and self.channels != 3:
            raise PreprocessingError(f"preprocessing: order is BGR, and mean has {self.channels} numbers instead of 3.")
        if fault := self._odd_statistics():
            raise PreprocessingError(fault)

    def _odd_statistics(self) -> str:
        """One sentence on numbers that cannot be meant, or an empty text."""
        shown = f"preprocessing: mean {list(self.mean)}, std {list(self.std)}, scale {self.scale:g}"
        scales = "the scale, which is 1 for values from 0 to 1 and 255 for values from 0 to 255"
        if not all(math.isfinite(number) for number in (*self.mean, *self.std, self.scale)):
            return f"{shown}: all numbers must be finite."
        if not all(0 <= mean <= self.scale for mean in self.mean):
            return f"{shown}: means must lie between 0 and {scales}."
        if self.scale > 1 and any(self.mean) and all(mean <= 1 for mean in self.mean):
            return f"{shown}: means of at most 1 belong to {scales}."
        least = self.scale * _LEAST_DEVIATION
        if set(self.std) != {1.0} and not all(least <= std <= self.scale for std in self.std):
            return f"{shown}: deviations must lie between {least:g} and {scales}; or be 1 for all channels."
        return ""

    @property
    def channels(self) -> int:
        """Of the network's input."""
        return len(self.mean)

    def __call__(
        self, images: Float[Tensor, "image colour height width"]
    ) -> Float[Tensor, "image channel height width"]:
        """The network's input for images with values from 0 to 1; differentiable, a new tensor.

        Images are red, green and blue, or have the channels of the network. A network of one channel gets the luminance
        of coloured images, and grey images become all channels of a network.

        Raises PreprocessingError for images of another number of channels.
        """
        mean, std = self._statistics(images)
        return (self._ordered(self._as_channels(images)) * self.scale - mean) / std

    def inverse(
        self, inputs: Float[Tensor, "image channel height width"]
    ) -> Float[Tensor, "image colour height width"]:
        """The images that give these inputs: red, green and blue, in grey where the network has one channel.

        Not clipped: an optimised input can lie outside 0 to 1.
        """
        mean, std = self._statistics(inputs)
        images = self._ordered((inputs * std + mean) / self.scale)
        return images.expand(-1, 3, -1, -1) if self.channels == 1 else images

    def _as_channels(self, images: Tensor) -> Tensor:
        colours = images.shape[1]
        if colours == self.channels:
            return images
        if self.channels == 1 and colours == 3:
            weights = torch.tensor(_LUMINANCE, dtype=images.dtype, device=images.device)
            return torch.einsum("nchw,c->nhw", images, weights)[:, None]
        if colours == 1:
            return images.expand(-1, self.channels, -1, -1)
        raise PreprocessingError(f"the network takes images of {self.channels} channels, and these have {colours}")

    def _ordered(self, images: Tensor) -> Tensor:
        return images.flip(1) if self.order == "BGR" else images  # the same both ways

    def _statistics(self, like: Tensor) -> tuple[Tensor, Tensor]:
        mean, std = (torch.tensor(v, dtype=like.dtype, device=like.device) for v in (self.mean, self.std))
        return mean[:, None, None], std[:, None, None]  # (channel, 1, 1)

    def as_json(self) -> dict[str, Any]:
        """Plain values, as :func:`from_json` reads them."""
        return {
            "size": self.size,
            "mean": list(self.mean),
            "std": list(self.std),
            "order": self.order,
            "scale": self.scale,
        }


def from_json(values: Any) -> Preprocessing:
    """The preprocessing that a description file names: its size, and what differs from the defaults.

    Raises PreprocessingError, with one sentence that names the entry, for what ``preprocessing.schema.json`` does not
    allow.
    """
    _check(values)
    entries: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}
    return Preprocessing(**entries)


def _numbers(name: str, values: Any) -> tuple[Any, ...]:
    """A sequence, an array or a tensor as plain values, which the schema then looks at."""
    values = values.tolist() if hasattr(values, "tolist") else values
    if isinstance(values, str) or not isinstance(values, Sequence):
        raise PreprocessingError(f"preprocessing: {name} is {values!r}; it must be a list of numbers, one a channel.")
    return tuple(one.item() if hasattr(one, "item") else one for one in values)


def _check(values: object) -> None:
    if fault := _SCHEMA.first_fault(values, subject="preprocessing"):
        raise PreprocessingError(fault)


# The published preprocessings of the networks that are known by name.
TORCHVISION = Preprocessing(size=224, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
CAFFE = Preprocessing(size=224, mean=(104.0, 117.0, 123.0), order="BGR", scale=255.0)
CAFFE_SQUEEZENET = Preprocessing(size=227, mean=(104.0, 117.0, 123.0), order="BGR", scale=255.0)
KERAS_VGG = Preprocessing(size=224, mean=(103.939, 116.779, 123.68), order="BGR", scale=255.0)
LUCID = Preprocessing(size=224, mean=(117.0, 117.0, 117.0), scale=255.0)
