"""Versions of an image that change its colours and keep its luminance, and one that keeps its colours.

Colours are taken apart into luma and two coordinates of colour (YIQ, from ITU-R BT.601's luma). A turn of the hue
rotates these two, as the SVG filter ``hueRotate`` does, and clips what leaves the range from 0 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.metrics.images import luminance

Photographs = Float[Tensor, "image 3 height width"]

_YIQ = torch.tensor([[0.299, 0.587, 0.114], [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]])


def grey(x: Photographs) -> Photographs:
    """The luma of every pixel in all three channels."""
    return luminance(x)[:, None].expand_as(x).contiguous()


def colours(x: Photographs) -> Float[Tensor, "image 2 height width"]:
    """The two coordinates of colour of every pixel, I and Q; both are 0 for grey."""
    return torch.einsum("cd,ndhw->nchw", _YIQ[1:].to(x), x)


def turned(x: Photographs, degrees: float) -> Photographs:
    """Every hue turned by an angle, luma kept, clipped to 0 … 1 (which changes the luma of vivid colours)."""
    angle = math.radians(degrees)
    turn = torch.tensor(
        [[1, 0, 0], [0, math.cos(angle), -math.sin(angle)], [0, math.sin(angle), math.cos(angle)]],
        dtype=torch.double,
    )
    yiq = _YIQ.double()
    matrix = torch.linalg.inv(yiq) @ turn @ yiq
    return torch.einsum("cd,ndhw->nchw", matrix.to(x), x).clamp(0, 1)


def mirrored(x: Photographs) -> Photographs:
    """Left and right exchanged: colours stay, what is where changes."""
    return x.flip(-1)


CHANGES: dict[str, Callable[[Photographs], Photographs]] = {
    "grey": grey,
    "turned by 120°": lambda x: turned(x, 120),
    "turned by 240°": lambda x: turned(x, 240),
    "mirrored": mirrored,
}
