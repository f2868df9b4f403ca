"""Is a filter a sum of a few oriented derivatives? (probing, section 3.1: "computing local gradients")

A filter that computes gradients at a few places, along any direction and at several scales, is a sum of a few first
derivatives of Gaussians, which may overlap. Matching pursuit looks for them: of all orientations, scales and pixels it
takes the derivative that explains most, subtracts it, and goes on. Any filter whose entries sum to 0 is a sum of many
derivatives, so it is the number of them that is limited: one for every 64 pixels.

What a value means is told by two filters of the same size and the same envelope: white noise, and a sum of as many
random derivatives, whose scales are not those that are tried. :func:`between_noise_and_bank` measures all three.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor
from torchvision.transforms.functional import gaussian_blur

from helpers.randomness import generator

Planes = Float[Tensor, "filter height width"]

PIXELS_AN_ATOM = 64
SCALES = 6  # standard deviations that are tried, from 1 pixel to a tenth of the shorter side


def explained_by_derivatives(planes: Planes) -> Float[Tensor, " filter"]:
    """Share of each filter's energy that matching pursuit explains, 0 to 1, with one derivative for every 64 pixels.

    A filter of zeros has nothing to explain: not a number.
    """
    height, width = planes.shape[-2:]
    rest = planes.clone()
    curves = [(*_curves(height, s, like=planes), *_curves(width, s, like=planes)) for s in _scales(height, width)]
    rows, columns = torch.arange(height).to(planes), torch.arange(width).to(planes)
    scales = torch.tensor(_scales(height, width)).to(planes)
    for _ in range(_atoms(height, width)):
        down = torch.stack([slope @ rest @ across.T for _, slope, across, _ in curves], dim=1)
        right = torch.stack([bell @ rest @ slope.T for bell, _, _, slope in curves], dim=1)
        best = (down.square() + right.square()).flatten(1).argmax(dim=1)  # (filter), over (scale, row, column)
        scale, place = best // (height * width), best % (height * width)
        bell_r, slope_r = _curve(rows - (place // width)[:, None], scales[scale])
        bell_c, slope_c = _curve(columns - (place % width)[:, None], scales[scale])
        of_down, of_right = (x.flatten(1).gather(1, best[:, None])[..., None] for x in (down, right))
        rest = rest - of_down * slope_r[:, :, None] * bell_c[:, None] - of_right * bell_r[:, :, None] * slope_c[:, None]
    return 1 - rest.square().sum((1, 2)) / planes.square().sum((1, 2))


def derivative_bank(count: int, shape: tuple[int, int], *, seed: int) -> Planes:
    """``count`` filters, each a sum of random derivatives, one for every 64 pixels.

    Their places, orientations and scales are uniform (the scales in their logarithm, in the range that is tried), their
    weights normal.
    """
    random = generator(seed, "bank of derivatives")
    height, width = shape
    scales, size = _scales(height, width), (count * _atoms(height, width), 1)
    angle = 2 * math.pi * torch.rand(size, generator=random)[..., None]
    scale = scales[-1] ** torch.rand(size[0], generator=random)
    weight = torch.randn(size, generator=random)[..., None]
    bell_r, slope_r = _curve(torch.arange(height) - height * torch.rand(size, generator=random), scale)
    bell_c, slope_c = _curve(torch.arange(width) - width * torch.rand(size, generator=random), scale)
    down, right = slope_r[:, :, None] * bell_c[:, None], bell_r[:, :, None] * slope_c[:, None]
    return (weight * (angle.cos() * down + angle.sin() * right)).unflatten(0, (count, -1)).sum(dim=1)


def envelope(planes: Planes) -> Float[Tensor, "height width"]:
    """Where the energy of some filters lies, coarsely: the root of their mean energy, smoothed; at most 1."""
    energy = (planes / planes.flatten(1).norm(dim=1).clamp(min=1e-30)[:, None, None]).square().mean(dim=0)
    sigma = min(energy.shape) / 8
    reach = min(2 * int(3 * sigma) + 1, 2 * min(energy.shape) - 1)
    smooth = gaussian_blur(energy[None], reach, sigma)[0].clamp(min=0).sqrt()
    return smooth / smooth.max().clamp(min=1e-30)


def between_noise_and_bank(planes: Planes, *, seed: int) -> tuple[float, float, float]:
    """What derivatives explain, in the mean: of white noise, of the filters, and of sums of random derivatives.

    Noise and sums have the envelope of the filters, and there are as many of them, but 4 at least.
    """
    shape = (planes.shape[-2], planes.shape[-1])
    count, form = max(4, len(planes)), envelope(planes)
    noise = torch.randn(count, *shape, generator=generator(seed, "noise")).to(planes)
    bank = derivative_bank(count, shape, seed=seed).to(planes)
    explained = explained_by_derivatives(torch.cat([planes, form * noise, form * bank]))
    of_filters, of_noise, of_bank = explained.split([len(planes), count, count])
    return float(of_noise.mean()), float(of_filters.mean()), float(of_bank.mean())


def _atoms(height: int, width: int) -> int:
    return max(1, round(height * width / PIXELS_AN_ATOM))


def _scales(height: int, width: int) -> list[float]:
    largest = max(1.5, min(height, width) / 10)
    return [largest ** (k / (SCALES - 1)) for k in range(SCALES)]


def _curve(
    offset: Float[Tensor, "atom point"], sigma: Float[Tensor, " atom"]
) -> tuple[Float[Tensor, "atom point"], Float[Tensor, "atom point"]]:
    """A Gaussian and its slope at some distances from its middle, each of length 1 on an endless line of pixels."""
    bell = (-offset.square() / (2 * sigma[:, None].square())).exp()
    root = math.pi**0.25
    slope = offset / sigma[:, None] * bell
    return bell / (root * sigma[:, None].sqrt()), slope * math.sqrt(2) / (root * sigma[:, None].sqrt())


def _curves(length: int, sigma: float, *, like: Tensor) -> tuple[Tensor, Tensor]:
    """The two curves around every pixel of a side: (middle, point)."""
    points = torch.arange(length).to(like)
    return _curve(points - points[:, None], torch.full((length,), sigma).to(like))
