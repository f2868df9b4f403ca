"""Reconstructions as pictures that can be seen."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor


def stretched(
    picture: Float[Tensor, "channel row column"], *, like_image: bool = False
) -> Float[Tensor, "colour row column"]:
    """A picture from 0 to 1 in colours: its largest hundredth is white, and the square root brightens the rest.

    like_image: the picture is an input of a network, whose darkest value becomes black, and which needs no brightening.
    One channel becomes grey.
    """
    low = picture.min() if like_image else 0.0
    values = picture - low
    shown = (values / torch.quantile(values.flatten(), 0.99).clamp(min=1e-12)).clamp(0, 1)
    shown = (shown if like_image else shown.sqrt()).cpu()
    return shown.expand(3, -1, -1) if len(shown) == 1 else shown
