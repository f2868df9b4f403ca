"""Images made of a spectrum in decorrelated colours: the parametrisation of the GoogLeNet study, which Lucid's is.

Coarse waves move further than fine ones, and the three numbers of a pixel are mixed so that they vary as independently
as colours of photographs do; a sigmoid bounds the image (C. Olah, A. Mordvintsev and L. Schubert, "Feature
visualization", Distill, 2017). :func:`helpers.ascent.parametrisations.smooth_image` is the same idea over pixels.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.randomness import generator

# Square root of the covariance of colours of ImageNet (rows: red, green, blue), as Lucid publishes it.
_COLOURS = ((0.26, 0.09, 0.02), (0.27, 0.00, -0.05), (0.27, -0.09, 0.03))
_SPREAD = 0.01  # of the first numbers, Lucid's
_SHARE = 0.25  # of the filtered numbers, Lucid's


def spectrum(size: int, *, seed: int, purpose: str) -> Float[Tensor, "3 row column 2"]:
    """Random numbers of which :func:`image_of_spectrum` makes an image: a start, by seed and purpose alone.

    The last axis holds real and imaginary parts; columns are the non-negative frequencies.
    """
    return _SPREAD * torch.randn(3, size, size // 2 + 1, 2, generator=generator(seed, purpose))


def pixels(size: int, *, seed: int, purpose: str) -> Float[Tensor, "3 row column"]:
    """Random numbers of which :func:`image_of_pixels` makes an image: a start, by seed and purpose alone."""
    return _SPREAD * torch.randn(3, size, size, generator=generator(seed, purpose))


def image_of_spectrum(numbers: Float[Tensor, "image 3 row column 2"]) -> Float[Tensor, "image 3 row row"]:
    """Images from 0 to 1, red, green and blue, of waves that are divided by their frequency; differentiable."""
    size = numbers.shape[2]
    down = torch.fft.fftfreq(size, device=numbers.device)[:, None]
    across = torch.fft.rfftfreq(size, device=numbers.device)
    gain = _SHARE * size / torch.hypot(down, across).clamp(min=1 / size)
    return image_of_pixels(torch.fft.irfft2(torch.view_as_complex(numbers.contiguous()) * gain, s=(size, size)))


def image_of_pixels(numbers: Float[Tensor, "image 3 row column"]) -> Float[Tensor, "image 3 row column"]:
    """Images from 0 to 1, red, green and blue, of three decorrelated numbers a pixel; differentiable."""
    colours = torch.tensor(_COLOURS)
    rows = (colours / colours.norm(dim=0).max()).tolist()
    mixed = [sum(share * numbers[:, k] for k, share in enumerate(row)) for row in rows]  # no matrix product: its
    return torch.stack([torch.as_tensor(each) for each in mixed], 1).sigmoid()  # rounding would change with the batch
