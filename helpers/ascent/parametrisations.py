"""What an ascent moves: the values of the input as they are, from random starts, or numbers that make an image."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.ascent.errors import require_not_negative, require_positive
from helpers.randomness import generator


def uniform_starts(
    count: int, length: int, *, reach: float, seeds: Sequence[int], device: torch.device | str = "cpu"
) -> Float[Tensor, "seed start input"]:
    """``count`` random inputs per seed, every element uniform in ±``reach`` (jump detection, chapter 5: 0.05)."""
    starts = [torch.empty(count, length).uniform_(-reach, reach, generator=generator(s, "ascent")) for s in seeds]
    return torch.stack(starts).to(device)


def gaussian_starts(
    count: int, shape: tuple[int, int, int], *, seed: int, spread: float = 0.1
) -> Float[Tensor, "start channel height width"]:
    """``count`` images of Gaussian noise around 0, in the units of the network's input.

    ``spread`` is its standard deviation. The first images stay the same when more are asked for. Raises AscentError
    for a count below 1 and for a spread that is negative or not finite.
    """
    require_positive("count", count)
    require_not_negative("spread", spread)
    return spread * torch.stack([torch.randn(shape, generator=generator(seed, f"start {i}")) for i in range(count)])


def smooth_image(
    numbers: Float[Tensor, "*batch channel height width"],
) -> Float[Tensor, "*batch channel height width"]:
    """An image from 0 to 1 of unbounded numbers, in which coarse structure moves sooner than fine; all 0 is mid-grey.

    The numbers are filtered by 1 / frequency, and a sigmoid bounds them: the parametrisation of C. Olah, A. Mordvintsev
    and L. Schubert, "Feature visualization" (Distill, 2017), over pixels instead of frequencies. The filter goes round
    the borders, so that a shift of the numbers shifts the image.
    """
    wide = numbers.to(torch.promote_types(numbers.dtype, torch.float32))  # no Fourier transform in half precision
    return _filtered(wide, _gain(wide)).sigmoid().to(numbers.dtype)


def numbers_of(
    image: Float[Tensor, "*batch channel height width"],
) -> Float[Tensor, "*batch channel height width"]:
    """The numbers of which :func:`smooth_image` makes an image; values below 0.01 and above 0.99 are cut off there."""
    wide = image.to(torch.promote_types(image.dtype, torch.float32))
    return _filtered(wide.clamp(0.01, 0.99).logit(), 1 / _gain(wide)).to(image.dtype)


def _gain(image: Tensor) -> Float[Tensor, "row column"]:
    """1 / frequency, and never more than at one wave in the longer side; 1 in the mean square."""
    height, width = image.shape[-2:]
    down = torch.fft.fftfreq(height, device=image.device)[:, None]
    across = torch.fft.rfftfreq(width, device=image.device)
    gain = 1 / torch.hypot(down, across).clamp(min=1 / max(height, width))
    return gain / gain.square().mean().sqrt()


def _filtered(image: Tensor, gain: Tensor) -> Tensor:
    return torch.fft.irfft2(torch.fft.rfft2(image) * gain, s=image.shape[-2:])
