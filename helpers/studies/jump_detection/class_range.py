"""Whether activations lie in the range of a class (study: jump_detection, section 7.2)."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


def in_range(
    members: Float[Tensor, "seed member unit"], asked: Float[Tensor, "seed asked unit"], *, share: float = 0.95
) -> Bool[Tensor, "seed asked"]:
    """Whether points lie as close to the mean of a class as the given share of its members do.

    members: the activations of signals of the class.
    asked: the activations of other signals.
    share: the share of members within the radius.

    Raises ValueError unless 0 < share <= 1.
    """
    if not 0 < share <= 1:
        raise ValueError(f"share = {share} is not a share of the members: it must be above 0 and at most 1")
    centre = members.mean(dim=1, keepdim=True)
    radius = (members - centre).norm(dim=-1).quantile(share, dim=1, keepdim=True)
    return (asked - centre).norm(dim=-1) <= radius


def nearest_mean(
    means: Float[Tensor, "seed class unit"], asked: Float[Tensor, "seed asked unit"]
) -> Int[Tensor, "seed asked"]:
    """The class whose mean is nearest to each point."""
    return torch.cdist(asked, means).argmin(dim=-1)
