"""The part of an image that a kernel spans, and what is in it: luminance, contrast and directions.

A kernel of k × k points stands on a grid whose points are ``jump`` pixels apart. Its window has k × jump pixels a side,
centred on the field of view: each point of the kernel has a cell of jump × jump pixels. Where a cell has 16 pixels a
side or more, the images are averaged before, so that a cell has 8 to 15.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d, avg_pool2d

from helpers.hooks.layer_table import Layer
from helpers.studies.googlenet_neurons.directions import SIDE, Harmonics, gradient, harmonics

_AT_ONCE = 500_000  # pixels of windows
_CELL = 8  # pixels of a point of the kernel, at least, where images are reduced


@dataclass(frozen=True)
class Span:
    """Where the windows of a layer's positions lie: centre of the first position's field, step, and side, in pixels."""

    start: tuple[float, float]
    jump: tuple[float, float]
    side: int


def span_of(layer: Layer, *, rows: int, stride: int = 1) -> Span | None:
    """The windows of a layer whose kernels have so many rows; None where the field of view is not known.

    stride: of the kernels, so that the grid on which they stand is told from that of their positions.
    """
    field = layer.receptive_field
    if field is None or len(layer.positions) != 2:
        return None
    jump = float(field.jump[0]), float(field.jump[1])
    start = field.start[0] + (field.size[0] - 1) / 2, field.start[1] + (field.size[1] - 1) / 2
    return Span(start, jump, max(3, round(rows * jump[0] / stride)))


@dataclass(frozen=True)
class Windows:
    """What is in windows, averaged to SIDE × SIDE points, and the harmonics of each, of which the energy is then 1.

    contrast: the length of the luminance's gradient.
    """

    light: Float[Tensor, "window row column"]
    contrast: Float[Tensor, "window row column"]
    harmonics: Harmonics


def windows(
    light: UInt8[Tensor, "image row column"],
    image: Int[Tensor, " window"],
    position: Int[Tensor, "window 2"],
    span: Span,
) -> Windows:
    """Windows of images around positions; beyond the border an image goes on as its outermost pixels.

    light: luminance from 0 to 255. image: the number of each window's image.
    """
    light, span = _reduced(light, span)
    found: list[tuple[Tensor, Tensor, Tensor]] = []
    few = max(1, _AT_ONCE // span.side**2)
    for first in range(0, len(image), few):
        part = slice(first, first + few)
        rows, columns = (
            _places(position[part, axis], span.start[axis], span.jump[axis], span.side + 2, light.shape[1 + axis])
            for axis in (0, 1)
        )
        own = light[image[part][:, None, None], rows[:, :, None], columns[:, None, :]].float() / 255
        steep = torch.hypot(*gradient(own))  # the window without the ring of pixels around it
        changes = harmonics(own)
        changes = changes / changes[:, :1].clamp(min=1e-12)
        found.append((adaptive_avg_pool2d(own[:, 1:-1, 1:-1], SIDE), adaptive_avg_pool2d(steep, SIDE), changes))
    if not found:
        return Windows(torch.zeros(0, SIDE, SIDE), torch.zeros(0, SIDE, SIDE), torch.zeros(0, 5))
    return Windows(*(torch.cat(parts) for parts in zip(*found, strict=True)))


def _reduced(light: UInt8[Tensor, "image row column"], span: Span) -> tuple[UInt8[Tensor, "image r c"], Span]:
    """Images and windows with fewer pixels where a kernel's points are far apart: so all directions are told alike."""
    factor = min(int(min(span.jump) // _CELL), *light.shape[1:])
    if factor < 2:
        return light, span
    small = avg_pool2d(light[:, None].float(), factor)[:, 0].round().to(torch.uint8)
    start = tuple((each + 0.5) / factor - 0.5 for each in span.start)
    jump = tuple(each / factor for each in span.jump)
    return small, Span((start[0], start[1]), (jump[0], jump[1]), max(3, round(span.side / factor)))


def _places(position: Tensor, start: float, jump: float, side: int, size: int) -> Int[Tensor, "window pixel"]:
    """The pixels of each window along one axis, those outside the image moved to its border."""
    first = torch.floor(start + jump * position.double() - side / 2 + 1).long()  # of two middles the later one
    return (first[:, None] + torch.arange(side)).clamp(0, size - 1)


def colour_windows(
    pictures: UInt8[Tensor, "image 3 row column"],
    image: Int[Tensor, " window"],
    position: Int[Tensor, "window 2"],
    span: Span,
    *,
    side: int = 48,
) -> Float[Tensor, "window 3 side side"]:
    """The same windows in colour, from 0 to 1, for readers to look at."""
    rows, columns = (
        _places(position[:, axis], span.start[axis], span.jump[axis], span.side, pictures.shape[2 + axis])
        for axis in (0, 1)
    )
    channel = torch.arange(3)[None, :, None, None]
    own = pictures[image[:, None, None, None], channel, rows[:, None, :, None], columns[:, None, None, :]]
    return adaptive_avg_pool2d(own.float() / 255, side)
