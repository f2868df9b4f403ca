"""How alike the components of a unit are: the study's sign of a single facet (section 2.2), as a number.

Components have no sign, and FastICA takes off what correlates in the weights, not what looks alike. So two measures
that neither sign nor place change: the best correlation over all shifts, and that of the amplitude spectra.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.metrics.similarity import correlation

Pictures = Float[Tensor, "*rest component channel height width"]


def shifted_likeness(pictures: Pictures) -> Float[Tensor, "*rest"]:
    """Mean over pairs of the largest absolute correlation over all cyclic shifts, 0 to 1."""
    x = pictures.double() - pictures.double().mean(dim=(-2, -1), keepdim=True)
    x = x / x.flatten(-3).norm(dim=-1)[..., None, None, None].clamp(min=1e-12)
    spectrum = torch.fft.rfft2(x)
    cross = (spectrum.unsqueeze(-4).conj() * spectrum.unsqueeze(-5)).sum(dim=-3)  # (..., component, component, h, w)
    best = torch.fft.irfft2(cross, s=x.shape[-2:]).abs().amax(dim=(-2, -1))
    return _mean_pair(best)


def spectral_likeness(pictures: Pictures) -> Float[Tensor, "*rest"]:
    """Mean over pairs of the correlation of the amplitude spectra, without the constant part, -1 to 1."""
    x = pictures.double()
    spectrum = torch.fft.fft2(x).abs().square().sum(dim=-3).sqrt().flatten(-2)[..., 1:]  # (..., component, frequency)
    return _mean_pair(correlation(spectrum.unsqueeze(-2), spectrum.unsqueeze(-3)))


def sharpness(pictures: Pictures) -> Float[Tensor, "*rest component"]:
    """Energy of the differences of neighbouring pixels over that of the picture: 2 for white noise."""
    x = pictures.double() - pictures.double().mean(dim=(-2, -1), keepdim=True)
    across, down = x.diff(dim=-1).square().mean(dim=(-3, -2, -1)), x.diff(dim=-2).square().mean(dim=(-3, -2, -1))
    return (across + down) / 2 / x.square().mean(dim=(-3, -2, -1)).clamp(min=1e-12)


def _mean_pair(matrix: Float[Tensor, "*rest component component"]) -> Float[Tensor, "*rest"]:
    row, column = torch.triu_indices(matrix.shape[-1], matrix.shape[-1], offset=1)
    return matrix[..., row, column].mean(dim=-1)
