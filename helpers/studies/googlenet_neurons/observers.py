"""An observer that is shown references of a unit, and picks which of two new images excites the unit more.

The observer knows no unit. It sees vectors of features, of references and of new images, and takes the new image whose
vector points more in the direction of the references' mean. Two-alternative forced choice: 0.5 is guessing.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import normalize

_LEAST = 1e-6  # deviation of a feature that says something


def standardised(
    features: Float[Tensor, "*rest feature"], like: Float[Tensor, "other feature"] | None = None
) -> Float[Tensor, "*rest feature"]:
    """Features less their mean, over their deviation, of all these vectors or of ``like``; 0 where there is none."""
    own = features.flatten(0, -2) if like is None else like
    own = own[~own.isnan().any(1)]
    mean, deviation = own.mean(0), own.std(0, correction=0)
    return torch.where(deviation > _LEAST, (features - mean) / deviation.clamp(min=_LEAST), torch.zeros_like(features))


def likeness(
    reference: Float[Tensor, "unit feature"], new: Float[Tensor, "unit image feature"]
) -> Float[Tensor, "unit image"]:
    """The cosine of each new image with the reference of its unit."""
    return torch.einsum("uf,uif->ui", normalize(reference, dim=-1), normalize(new, dim=-1))


def right_choices(strong: Float[Tensor, "unit image"], other: Float[Tensor, "unit other"]) -> Float[Tensor, " unit"]:
    """The share of all pairs of a strong and another image in which the strong one is taken; half of those alike."""
    gap = strong[:, :, None] - other[:, None, :]
    right = (gap > 0).float() + 0.5 * (gap == 0).float()
    return right.masked_fill(gap.isnan(), torch.nan).nanmean((1, 2))


def of_another_unit(references: Float[Tensor, "unit ..."], shift: int) -> Float[Tensor, "unit ..."]:
    """The references of another unit for each, NaN where there is no other."""
    count = len(references)
    if count < 2:
        return torch.full_like(references, torch.nan)
    return references.roll(1 + shift % (count - 1), dims=0)


def agreement(vectors: Float[Tensor, "unit reference feature"]) -> Float[Tensor, " unit"]:
    """The mean cosine of the references of a unit to each other."""
    near = normalize(vectors, dim=-1)
    count = near.shape[1]
    total = near.sum(1).square().sum(-1) - near.square().sum((1, 2))
    return total / max(1, count * (count - 1))


def between_units(vectors: Float[Tensor, "unit reference feature"]) -> Float[Tensor, " unit"]:
    """The mean cosine of the references of a unit to those of all other units."""
    mean = normalize(vectors, dim=-1).mean(1)
    total = mean @ mean.sum(0) - mean.square().sum(-1)
    return total / max(1, len(mean) - 1)


def matching_share(
    shown: Float[Tensor, "unit feature"], known: Float[Tensor, "unit feature"]
) -> Float[Tensor, " unit"]:
    """The share of other units whose known vector is less like what is shown of a unit than the unit's own.

    0.5 is chance: what pairs that are permuted give on average. NaN where there is no other unit.
    """
    likeness = normalize(shown, dim=-1) @ normalize(known, dim=-1).T  # (unit, unit)
    own = likeness.diagonal()[:, None]
    others = ~torch.eye(len(likeness), dtype=torch.bool)
    right = (likeness < own).float() + 0.5 * (likeness == own).float()
    share = (right * others).sum(1) / max(1, len(likeness) - 1)
    return share.masked_fill(likeness.isnan().any(1) | (len(likeness) < 2), torch.nan)
