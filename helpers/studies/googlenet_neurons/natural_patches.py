"""Small patches of photographs, normalised as the kernels are: the control that asks what images alone have."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.data.images import PHOTOGRAPHS, open_images
from helpers.randomness import generator

_SIDE = 256  # of a photograph, in pixels
_CONTRAST = 0.2  # the share of the patches with most contrast, as Lee, Pedersen and Mumford (2003) take it
_LUMINANCE = (0.299, 0.587, 0.114)


def natural_patches(count: int, *, side: int, seed: int, name: str) -> Float[Tensor, "patch value"]:
    """So many patches of ``side`` × ``side`` grey values, the fifth with most contrast of those that are drawn.

    They have a mean of 0 and a variance of 1. The photographs are those that come with scikit-image and scikit-learn.
    """
    images = open_images(PHOTOGRAPHS, size=_SIDE)
    grey = torch.cat([_grey(batch.x) for batch in images.batches(16, progress=False)])
    drawn = round(count / _CONTRAST)
    random = generator(seed, f"patches {name}")
    which = torch.randint(len(grey), (drawn,), generator=random)
    row, column = (torch.randint(grey.shape[axis] - side + 1, (drawn,), generator=random) for axis in (1, 2))
    across = torch.arange(side)
    rows, columns = row[:, None, None] + across[:, None], column[:, None, None] + across
    patches = grey[which[:, None, None], rows, columns].flatten(1)
    centred = patches - patches.mean(dim=1, keepdim=True)
    contrast = centred.square().mean(dim=1).sqrt()
    best = contrast.argsort(descending=True, stable=True)[:count]
    return centred[best] / contrast[best, None]


def _grey(pixels: Tensor) -> Float[Tensor, "image row column"]:
    weights = torch.tensor(_LUMINANCE)
    return (pixels.float() * weights[:, None, None]).sum(dim=1)
