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

_SCHEMA = EntriesSchema(Path(__file__).with_name("preprocessing.schema.json"))
_LUMA = (0.299, 0.587, 0.114)  # of red, green and blue
_LEAST_DEVIATION = 1e-3  # as a share of the scale; a quarter of a step of 8-bit images


class PreprocessingError(BadInput):
    """A description of preprocessing that is not complete or makes no sense."""


@dataclass(frozen=True, kw_only=True)
class Preprocessing:
    """From an RGB image with values from 0 to 1 to the input of a network, and back.

    In this order: the channels are put into ``order`` and multiplied by ``scale`` (1 or 255), ``mean`` is subtracted,
    and the rest is divided by ``std``. ``mean`` and ``std`` are in the network's order and scale, one number for each
    channel that the network takes; for a network of one channel, colours become their luma (ITU-R BT.601, as Pillow
    does it). ``size`` is the height and width in pixels of the images that the network was trained on; nothing is
    resized here.

    Raises PreprocessingError, with one sentence that names the value, for one that ``preprocessing.schema.json`` does
    not allow: an order that is neither RGB nor BGR, a size, scale or deviation that is not above 0; for numbers that
    are not finite, means and deviations of different number, an order where there are not three channels; and for
    statistics that no images have: a mean outside 0 to ``scale``, with deviations above ``scale``.
    """

    size: int
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)
    order: str = "RGB"
    scale: float = 1.0

    def __post_init__(self) -> None:
        _check(self.as_json())

    @property
    def channels(self) -> int:
        """How many channels the network takes."""
        return len(self.mean)

    def __call__(self, images: Float[Tensor, "image channel height width"]) -> Float[Tensor, "image c height width"]:
        """The network's input for RGB images with values from 0 to 1; differentiable, a new tensor.

        Images that have as many channels as the network takes are taken as they are. Raises PreprocessingError for
        any others, but for RGB images before a network of one channel.
        """
        if images.shape[1] != self.channels:
            images = self._in_grey(images)
        mean, std = self._statistics(images)
        return (self._ordered(images) * self.scale - mean) / std

    def inverse(self, inputs: Float[Tensor, "image channel height width"]) -> Float[Tensor, "image c height width"]:
        """The images that give these inputs, in RGB; in grey where the network takes one channel.

        Not clipped: an optimised input can lie outside 0 to 1.
        """
        mean, std = self._statistics(inputs)
        return self._ordered((inputs * std + mean) / self.scale)

    def _in_grey(self, images: Tensor) -> Tensor:
        if images.shape[1] != 3 or self.channels != 1:
            raise PreprocessingError(
                f"The network takes images of {self.channels} channels (one mean for each); these have "
                f"{images.shape[1]}."
            )
        luma = torch.tensor(_LUMA, dtype=images.dtype, device=images.device)
        return (images * luma[:, None, None]).sum(dim=1, keepdim=True)

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


def _check(values: Any) -> None:
    fault = _SCHEMA.first_fault(values, subject="preprocessing") or _odd_statistics(**values)
    if fault:
        raise PreprocessingError(fault)


def _odd_statistics(
    size: int,
    mean: Sequence[float] = Preprocessing.mean,
    std: Sequence[float] = Preprocessing.std,
    order: str = "RGB",
    scale: float = 1.0,
) -> str:
    """One sentence on numbers that cannot be meant, or an empty text."""
    shown = f"preprocessing: mean {list(mean)}, std {list(std)}, scale {scale:g}"
    if not all(math.isfinite(number) for number in (*mean, *std, scale)):
        return f"{shown}: all numbers must be finite."
    if len(mean) != len(std):
        return f"{shown}: there must be as many means as deviations, one of each for each channel."
    if len(mean) != 3 and order != "RGB":
        return f"preprocessing: order is {order!r}, for three channels alone; mean has {len(mean)} numbers."
    if any(not 0 <= one <= scale for one in mean):
        return (
            f"{shown}: means must lie between 0 and the scale, which is 1 for values from 0 to 1 and 255 for values "
            "from 0 to 255."
        )
    if any(one > scale or one < scale * _LEAST_DEVIATION for one in std) and set(std) != {1.0}:
        return (
            f"{shown}: deviations must lie between {scale * _LEAST_DEVIATION:g} and the scale, which is 1 for values "
            "from 0 to 1 and 255 for values from 0 to 255; 1 for all channels leaves the values as they are."
        )
    return ""


# The published preprocessings of the networks that are known by name.
TORCHVISION = Preprocessing(size=224, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
CAFFE = Preprocessing(size=224, mean=(104.0, 117.0, 123.0), order="BGR", scale=255.0)
CAFFE_SQUEEZENET = Preprocessing(size=227, mean=(104.0, 117.0, 123.0), order="BGR", scale=255.0)
KERAS_VGG = Preprocessing(size=224, mean=(103.939, 116.779, 123.68), order="BGR", scale=255.0)
LUCID = Preprocessing(size=224, mean=(117.0, 117.0, 117.0), scale=255.0)
