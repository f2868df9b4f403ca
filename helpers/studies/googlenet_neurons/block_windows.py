"""Windows of images for the units of a block: of natural images in several roles, and of their optimised images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Int
from torch import Tensor

from helpers.hooks.patches import random_corners
from helpers.hooks.window_means import Windows
from helpers.studies.googlenet_neurons.natural_extremes import (
    NaturalExtremes,
    convolutions,
    responses,
    windows_at,
)
from helpers.studies.googlenet_neurons.sampled_units import Shown
from helpers.studies.googlenet_neurons.subject import Subject


@dataclass(frozen=True)
class RoleWindows:
    """What some units see of some images; an image that has several roles for a unit is one window.

    row: the units, by their rows in the table of responses.
    role: for each role, the window of each unit's images.
    """

    windows: Windows
    row: Int[Tensor, " unit"]
    role: dict[str, Int[Tensor, "unit _"]]


def role_windows(
    seen: Subject,
    found: NaturalExtremes,
    row: Int[Tensor, " unit"],
    images: Mapping[str, Int[Tensor, "unit _"]],
    *,
    size: int,
) -> RoleWindows:
    """The windows of these units' images where each unit is most active; ``images``: numbers of images by role."""
    count = found.value.shape[2]
    keys = torch.cat(list(images.values()), dim=1) + row[:, None] * count
    unique, inverse = keys.unique(return_inverse=True)
    windows = windows_at(seen, convolutions(seen, size), found, unique // count, unique % count, size=size)
    parts = inverse.split([each.shape[1] for each in images.values()], dim=1)
    return RoleWindows(windows, row, dict(zip(images, parts, strict=True)))


def optimised_windows(seen: Subject, shown: Shown) -> Windows:
    """What each unit sees of its optimised images where it is most, or least, active: two windows a unit.

    The images are numbered in the same way: that of the maximum of unit k is number 2 k.
    """
    flat = shown.image.flatten(0, 1)
    size = flat.shape[-1]
    batches = [
        (flat[first : first + 16], range(first, min(first + 16, len(flat)))) for first in range(0, len(flat), 16)
    ]
    found = responses(seen, batches, shown.place.tolist(), images=len(flat), size=size)
    listed = convolutions(seen, size)
    row = found.rows(shown.place)
    image = torch.arange(len(flat)).view(-1, 2)
    both = [windows_at(seen, listed, found, row, image[:, k], size=size, direction=k) for k in range(2)]
    corner = torch.stack([each.corner for each in both], dim=1).flatten(0, 1)
    return Windows(image.flatten(), corner, torch.stack([each.side for each in both], dim=1).flatten())


def elsewhere(windows: Windows, *, size: int, generator: torch.Generator) -> Windows:
    """Windows of the same images and sides at random places."""
    corner = windows.corner.clone()
    for side in windows.side.unique().tolist():
        own = windows.side == side
        corner[own] = random_corners(int(own.sum()), side=side, size=size, generator=generator)
    return Windows(windows.image, corner, windows.side)
