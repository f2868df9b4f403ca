"""How the responses of units to images are distributed, and which images stand for them."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

TOP = 9
QUANTILES = tuple(tenth / 10 for tenth in range(11))
BINS = 24


class Distribution(NamedTuple):
    """Of the responses of some units.

    top, spread: numbers of images: the strongest, the strongest first (-1 where there are fewer); and those nearest to
    each of ``QUANTILES``.
    counts: the shares of the images in ``BINS`` bins of equal width from a unit's smallest to its largest response.
    active: the share of images with a response above 0.
    """

    top: Int[Tensor, "unit rank"]
    top_value: Float[Tensor, "unit rank"]
    spread: Int[Tensor, "unit quantile"]
    spread_value: Float[Tensor, "unit quantile"]
    counts: Float[Tensor, "unit bin"]
    active: Float[Tensor, " unit"]


def distribution(response: Float[Tensor, "unit image"], order: Float[Tensor, "unit image"]) -> Distribution:
    """Strongest images, quantiles and histogram.

    order: by which images are ranked: the values before the ReLU, so that images of no response have an order too.
    """
    units, images = response.shape
    ranked = order.sort(dim=1, descending=True, stable=True).indices
    top = ranked[:, :TOP]
    missing = TOP - top.shape[1]
    places = [round((1 - share) * (images - 1)) for share in QUANTILES]
    spread = ranked[:, places]
    low, high = response.amin(1, keepdim=True), response.amax(1, keepdim=True)
    width = (high - low).clamp(min=torch.finfo(torch.float32).tiny)
    bins = ((response - low) / width * BINS).long().clamp(0, BINS - 1)
    counts = torch.zeros(units, BINS).scatter_add_(1, bins, torch.full_like(response, 1 / images))
    return Distribution(
        top=torch.nn.functional.pad(top, (0, missing), value=-1),
        top_value=torch.nn.functional.pad(response.gather(1, top), (0, missing), value=torch.nan),
        spread=spread,
        spread_value=response.gather(1, spread),
        counts=counts,
        active=(response > 0).float().mean(1),
    )
