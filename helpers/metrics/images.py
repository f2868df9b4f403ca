"""How similar a reconstruction is to the image, and what a filter is like (study: probing, sections 3 and 3.1).

All functions take reconstructions or filters, cut to the receptive field. Some also take the same patch of the image.
Leading axes broadcast. Outside the receptive field a filter is zero.
"""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from skimage.metrics import structural_similarity
from torch import Tensor

from helpers.metrics.similarity import correlation

Patch = Float[Tensor, "*#rest channel height width"]

_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601
_WINDOW = 7  # side of the window of the structural similarity, as in scikit-image


def luminance(patch: Float[Tensor, "*rest channel height width"]) -> Float[Tensor, "*rest height width"]:
    """Luminance of red, green and blue (ITU-R BT.601); for another number of channels, their mean."""
    channels = patch.shape[-3]
    weight = patch.new_tensor(_LUMA) if channels == 3 else patch.new_full((channels,), 1 / channels)
    return torch.einsum("...chw,c->...hw", patch, weight)


def luminance_correlation(a: Patch, b: Patch) -> Float[Tensor, "*rest"]:
    """Pearson correlation of the luminance of two patches, -1 to 1; 0 if one of them is constant."""
    return correlation(luminance(a).flatten(-2), luminance(b).flatten(-2))


def edge_correlation(a: Patch, b: Patch) -> Float[Tensor, "*rest"]:
    """Pearson correlation of the edge maps of two patches, -1 to 1; 0 if one of the maps is constant.

    An edge map is the length of the gradient of the luminance, by central differences. It has no values for the
    outermost pixels.

    Raises ValueError for patches with fewer than 3 pixels on a side.
    """
    return correlation(_edges(a), _edges(b))


def ssim(a: Patch, b: Patch) -> Float[Tensor, "*rest"]:
    """Structural similarity (SSIM, scikit-image) of the luminance of two patches, each stretched to 0 … 1.

    After the stretching, scale and offset no longer matter; a reconstruction does not preserve them. A window has 7
    pixels on a side, or a smaller odd number in smaller patches. Raises ValueError for patches with fewer than 3 pixels
    on a side.
    """
    left, right = torch.broadcast_tensors(_stretched(luminance(a)), _stretched(luminance(b)))
    side = _least_side(left)
    window = min(_WINDOW, side - 1 + side % 2)
    pairs = (
        zip(left.flatten(0, -3).cpu(), right.flatten(0, -3).cpu(), strict=True) if left.dim() > 2 else [(left, right)]
    )
    values = [structural_similarity(np.asarray(x), np.asarray(y), win_size=window, data_range=1.0) for x, y in pairs]
    return left.new_tensor(values).view(left.shape[:-2])


def relative_sum(kernel: Float[Tensor, "*rest channel height width"]) -> Float[Tensor, "*rest"]:
    """The absolute value of the sum of a filter, over the sum of its absolute values.

    It is 0 for a filter that gives 0 for every constant image, and 1 for one that averages. It is not a number for a
    filter of zeros.
    """
    return kernel.sum((-3, -2, -1)).abs() / kernel.abs().sum((-3, -2, -1))


def spectral_centroid(patch: Float[Tensor, "*rest channel height width"]) -> Float[Tensor, "*rest"]:
    """Mean spatial frequency, in cycles per pixel, weighted by the power of all channels.

    The mean of each channel is subtracted, and the channel fades out towards the borders (Hann window), so that the cut
    at the border of the receptive field adds no frequencies. The result is not a number for a constant patch.
    """
    height, width = patch.shape[-2:]
    fade = torch.outer(*(torch.hann_window(n + 2, periodic=False)[1:-1].to(patch) for n in (height, width)))
    mean = (patch * fade).sum((-2, -1), keepdim=True) / fade.sum()
    power = torch.fft.rfft2((patch - mean) * fade).abs().square().sum(-3)
    rows, columns = torch.fft.fftfreq(height).to(patch), torch.fft.rfftfreq(width).to(patch)
    power = power * torch.where((columns == 0) | (columns == 0.5), 1, 2)  # rfft gives only one of two equal halves
    frequency = torch.hypot(rows.unsqueeze(1), columns)
    return (power * frequency).sum((-2, -1)) / power.sum((-2, -1))


def _edges(patch: Tensor) -> Tensor:
    light = luminance(patch)
    _least_side(light)
    down = light[..., 2:, 1:-1] - light[..., :-2, 1:-1]
    across = light[..., 1:-1, 2:] - light[..., 1:-1, :-2]
    return torch.hypot(down, across).flatten(-2)


def _least_side(light: Tensor) -> int:
    side = min(light.shape[-2:])
    if side < 3:
        raise ValueError(f"a patch of {light.shape[-2]} × {light.shape[-1]} pixels is too small; 3 × 3 is the least")
    return side


def _stretched(light: Tensor) -> Tensor:
    low, high = light.amin((-2, -1), keepdim=True), light.amax((-2, -1), keepdim=True)
    return (light - low) / (high - low).clamp(min=torch.finfo(light.dtype).tiny)


def main_colour(
    kernel: Float[Tensor, "*rest channel height width"],
) -> Float[Tensor, "*rest height width"]:
    """The part of a filter along its main colour: the first principal axis of its channels, whose sign is arbitrary."""
    channels = kernel.flatten(-2)
    _, axes = torch.linalg.eigh(channels @ channels.mT)  # the last axis has the largest eigenvalue
    return torch.einsum("...chw,...c->...hw", kernel, axes[..., -1])
