"""What the network sees of each image at a step: padded, shifted, scaled, turned and shifted again, each its own way.

    seen = views.look(images, views.draw(streams, starts, step), fill=0.5)

The steps one after the other would resample an image twice. They are one affine map from pixels of the view to pixels
of the image, so that one resampling does (bilinear, with the padding's value outside the image).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import grid_sample

from helpers.ascent.counted import integers
from helpers.ascent.errors import AscentError, require_not_negative


class Drawn(NamedTuple):
    """What one step draws for each image: a scale, an angle, and where the two crops begin."""

    scale: Float[Tensor, " image"]
    cosine: Float[Tensor, " image"]
    sine: Float[Tensor, " image"]
    first: Int[Tensor, "image 2"]  # (row, column) of the padded image at which the first crop begins
    second: Int[Tensor, "image 2"]  # of the scaled and turned image at which the second crop begins


@dataclass(frozen=True, kw_only=True)
class Views:
    """The transforms, in this order; by default those of the GoogLeNet study (appendix 7).

    pad: pixels of the value ``fill`` on each side.
    jitter: pixels by which a random crop is smaller than the padded image.
    scales, degrees: of which one each is drawn, and applied about the middle; what comes in from outside is ``fill``.
    jitter_after: pixels by which a second random crop is smaller.

    All views have one size, ``size + 2 * pad - jitter - jitter_after``: a larger image is cropped about the middle. The
    study's tool gives views of eleven sizes instead, and black corners where an image is turned.

    Raises AscentError for negative numbers, and for scales that are not positive.
    """

    pad: int = 16
    fill: float = 0.5
    jitter: int = 8
    scales: tuple[float, ...] = (0.90, 0.92, 0.94, 0.96, 0.98, 1.00, 1.02, 1.04, 1.06, 1.08, 1.10)
    degrees: tuple[float, ...] = tuple(float(angle) for angle in range(-10, 11))
    jitter_after: int = 4

    def __post_init__(self) -> None:
        for name in ("pad", "jitter", "jitter_after"):
            require_not_negative(name, getattr(self, name))
        if not self.scales or not self.degrees or min(self.scales) <= 0:
            raise AscentError(
                "scales and degrees need one number each, and scales are positive; (1.0,) changes no size"
            )

    def size_of(self, size: int) -> int:
        """Pixels a side of the views of images of ``size`` pixels a side.

        Raises AscentError for images of which the crops leave nothing.
        """
        left = size + 2 * self.pad - self.jitter - self.jitter_after
        if left < 1:
            raise AscentError(
                f"images of {size} pixels leave nothing when {self.jitter + self.jitter_after} are cropped"
            )
        return left

    def draw(self, streams: Int[Tensor, " image"], starts: Int[Tensor, " image"], step: int) -> Drawn:
        """What each image draws at a step: by its stream (:mod:`helpers.ascent.counted`), its start and the step."""

        def drawn(what: int, below: int) -> Tensor:
            return integers(streams, starts, step, what, below=below)

        angles = torch.tensor([math.radians(angle) for angle in self.degrees], dtype=torch.float64)
        cosine, sine = (each.float().to(streams.device) for each in (angles.cos(), angles.sin()))
        turn = drawn(1, len(self.degrees))
        return Drawn(
            torch.tensor(self.scales, device=streams.device)[drawn(0, len(self.scales))],
            cosine[turn],
            sine[turn],
            torch.stack([drawn(2, self.jitter + 1), drawn(3, self.jitter + 1)], 1),
            torch.stack([drawn(4, self.jitter_after + 1), drawn(5, self.jitter_after + 1)], 1),
        )

    def look(
        self, images: Float[Tensor, "image channel size size"], drawn: Drawn
    ) -> Float[Tensor, "image channel view view"]:
        """The view of each image, by what was drawn for it; differentiable."""
        size = images.shape[-1]
        view, middle = self.size_of(size), (size + 2 * self.pad - self.jitter - 1) / 2
        place = torch.arange(view, device=images.device) - middle
        row = (place + drawn.second[:, :1])[:, :, None]  # (image, view, 1), of the turned image, from its middle
        column = (place + drawn.second[:, 1:])[:, None, :]
        cosine, sine = ((each / drawn.scale)[:, None, None] for each in (drawn.cosine, drawn.sine))
        shift = (drawn.first - self.pad + middle)[:, :, None, None]
        down = cosine * row + sine * column + shift[:, 0]  # (image, view, view), in pixels of the image
        across = cosine * column - sine * row + shift[:, 1]
        grid = (2 * torch.stack([across, down], -1) + 1) / size - 1
        return grid_sample(images - self.fill, grid, align_corners=False) + self.fill
