"""What waves an image consists of: numbers that say how fine and how manifold its pattern is.

All take images (image, colour, row, column) and look at their brightness, without its mean, under a Hann window.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.metrics.images import luminance

_FINE = 0.25  # waves per pixel from which on a frequency is high: half of the highest along an axis

Images = Float[Tensor, "image colour row column"]


def power(images: Images) -> Float[Tensor, "image row column"]:
    """The power of each wave as a share of all; 0 for an image of one brightness. Both axes hold all frequencies."""
    bright = luminance(images.double())
    bright = bright - bright.mean((1, 2), keepdim=True)
    rows, columns = bright.shape[1:]
    window = torch.hann_window(rows, dtype=torch.double)[:, None] * torch.hann_window(columns, dtype=torch.double)
    found = torch.fft.fft2(bright * window).abs().square()
    found[:, 0, 0] = 0
    return found / found.sum((1, 2), keepdim=True).clamp(min=1e-30)


def frequencies(rows: int, columns: int) -> Float[Tensor, "row column"]:
    """Waves per pixel of each wave, along its own direction."""
    down, across = (torch.fft.fftfreq(each, dtype=torch.double) for each in (rows, columns))
    return torch.hypot(down[:, None], across)


def high_frequency_share(images: Images) -> Float[Tensor, " image"]:
    """Share of the power above a quarter of a wave per pixel; of white noise about four fifths."""
    found = power(images)
    return (found * (frequencies(*found.shape[1:]) > _FINE)).sum((1, 2))


def mean_frequency(images: Images) -> Float[Tensor, " image"]:
    """Mean frequency in waves per pixel, weighted by amplitude; 0 for an image of one brightness."""
    amplitude = power(images).sqrt()
    weighted = (amplitude * frequencies(*amplitude.shape[1:])).sum((1, 2))
    return weighted / amplitude.sum((1, 2)).clamp(min=1e-30)


def spectral_entropy(images: Images) -> Float[Tensor, " image"]:
    """Entropy of the power over all waves, as a share of that of equal power in each: 0 for one wave, 1 at most."""
    found = power(images).flatten(1)
    entropy = -(found * found.clamp(min=1e-30).log()).sum(1)
    return entropy / torch.tensor(found.shape[1] - 1.0, dtype=torch.double).log()


def radial_spectrum(images: Images, rings: int = 16) -> Float[Tensor, "image ring"]:
    """Logarithm to base ten of the mean power of a wave in rings of equal width up to half a wave per pixel."""
    found = power(images)
    ring = (frequencies(*found.shape[1:]) * 2 * rings).long()
    means = [found[:, ring == each].mean(1) for each in range(rings)]
    return torch.stack(means, 1).clamp(min=1e-30).log10()


def spectral_distance(images: Images, others: Float[Tensor, "other colour _ _"]) -> Float[Tensor, " image"]:
    """Mean absolute difference, over rings, of an image's radial spectrum and the mean one of the others."""
    return (radial_spectrum(images) - radial_spectrum(others).mean(0)).abs().mean(1)
