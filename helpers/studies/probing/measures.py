"""How like the image is a reconstruction, and how like a derivative a filter (probing, sections 3 and 3.1)?"""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor
from torchvision.transforms.functional import gaussian_blur

from helpers.metrics.images import derivative_similarity, edge_correlation

SIDE = 8  # of the windows of local_gradients, in pixels


def outline_correlation(
    a: Float[Tensor, "*#rest channel height width"], b: Float[Tensor, "*#rest channel height width"]
) -> Float[Tensor, "*rest"]:
    """Correlation of the magnitudes of the gradients of two pictures, after a blur.

    It is a Gaussian of a 32nd of the width, and takes off what noise the weights and masks leave on single pixels.
    """
    return edge_correlation(_blurred(a), _blurred(b))


def local_gradients(filters: Float[Tensor, "filter channel height width"]) -> Float[Tensor, " filter"]:
    """Share of each filter's energy, window by window, that one oriented first derivative per window explains."""
    side = min(SIDE, *filters.shape[-2:])
    windows = filters.unfold(-2, side, side).unfold(-2, side, side)  # (filter, channel, down, across, side, side)
    windows = windows.movedim(1, 3).flatten(1, 2)  # (filter, window, channel, side, side)
    energy = windows.square().sum(dim=(-3, -2, -1))  # (filter, window)
    explained = derivative_similarity(windows).odd.square()  # (filter, window)
    return (explained * energy).sum(dim=1) / energy.sum(dim=1).clamp(min=1e-30)


def _blurred(pictures: Tensor) -> Tensor:
    sigma = pictures.shape[-1] / 32
    flat = gaussian_blur(pictures.reshape(-1, *pictures.shape[-3:]), 2 * int(4 * sigma + 0.5) + 1, sigma)
    return flat.view(pictures.shape)
