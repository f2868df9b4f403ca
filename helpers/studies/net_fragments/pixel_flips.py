"""How few flipped pixels change a prediction, found exactly for one and for two (net fragments study, section 4.2).

A flip is fair ("still nearest") while the digit it began from is still the nearest of the ten: two flips may
well turn a 5 into the 6, and one may leave an image half-way between them, where another answer is no mistake.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from helpers.studies.net_fragments.digits import digits, distances
from helpers.studies.net_fragments.networks import FragmentNetworks

_CHUNK = 4_000_000  # network inputs (pixels times seeds) in one forward pass


class Flips(NamedTuple):
    """Whether some flip changes the prediction of each digit."""

    single: Bool[Tensor, "seed digit"]  # any of the 81 single pixels
    single_still_nearest: Bool[Tensor, "seed digit"]  # any single pixel that leaves the digit the nearest
    pair: Bool[Tensor, "seed digit"]  # any of the 3,240 pairs of pixels
    pair_still_nearest: Bool[Tensor, "seed digit"]
    weakest: Int[Tensor, "seed digit"]  # the first of the 81 pixels that changes it alone, -1 if none does


def pixel_sets(count: int) -> Float[Tensor, "flip 9 9"]:
    """Every set of ``count`` pixels as an image of ones; one to two pixels. Raises ValueError for another count."""
    if count not in (1, 2):
        raise ValueError(f"count = {count} is not searched; allowed is 1 or 2 pixels")
    pixels = torch.combinations(torch.arange(81), count)
    masks = torch.zeros(len(pixels), 81)
    return masks.scatter_(1, pixels, 1).unflatten(1, (9, 9))


def flipped(image: Float[Tensor, "9 9"], masks: Float[Tensor, "flip 9 9"]) -> Float[Tensor, "flip 9 9"]:
    """The image with every set of pixels flipped, one set at a time."""
    return (image - masks).abs()


def search(networks: FragmentNetworks) -> Flips:
    """Try every flip of one and of two pixels on every digit with every network."""
    device = next(networks.parameters()).device
    before = networks.predict(digits().to(device))  # (seed, digit)
    found: dict[str, list[Tensor]] = {name: [] for name in Flips._fields}
    for digit, image in enumerate(digits()):
        for name, count in (("single", 1), ("pair", 2)):
            images = flipped(image, pixel_sets(count))
            near = distances(images)  # (flip, digit)
            others = near[:, torch.arange(10) != digit].amin(1)
            fair = (near[:, digit] < others).to(device)
            changed = _predict(networks, images.to(device)) != before[:, digit, None]  # (seed, flip)
            found[name].append(changed.any(1))
            found[f"{name}_still_nearest"].append((changed & fair).any(1))
            if count == 1:
                first = changed.long().argmax(1)
                found["weakest"].append(torch.where(changed.any(1), first, -1))
    return Flips(**{name: torch.stack(columns, dim=1) for name, columns in found.items()})


def _predict(networks: FragmentNetworks, images: Float[Tensor, "image 9 9"]) -> Int[Tensor, "seed image"]:
    size = max(1, _CHUNK // (81 * len(networks.seeds)))
    return torch.cat([networks.predict(part) for part in images.split(size)], dim=1)
