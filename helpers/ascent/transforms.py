"""Transforms of an ascent: what the network sees of an input at a step, so that a result does not hang on one place.

    seen = transform(x, step)

A transform is a function of the input and the number of the step alone: the same step gives the same transform.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from helpers.ascent.errors import require_not_negative
from helpers.randomness import generator

Transform = Callable[[Tensor, int], Tensor]


def jitter(pixels: int, *, seed: int) -> Transform:
    """Moves all images by one shift of up to ``pixels`` either way along both axes, round the borders.

    Every step draws a shift of its own; the last two axes are (height, width). Raises AscentError for a negative number
    of pixels.
    """
    require_not_negative("jitter", pixels)
    source = generator(seed, "jitter")
    shifts: list[list[int]] = []  # (step, axis), drawn in this order whichever step is asked for first

    def moved(x: Tensor, step: int) -> Tensor:
        while len(shifts) <= step:
            shifts.append(torch.randint(-pixels, pixels + 1, (2,), generator=source).tolist())
        return torch.roll(x, shifts[step], (-2, -1))

    return moved
