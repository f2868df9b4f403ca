"""The fragment score: how well units tell whether a part is present (net fragments study, sections 4 and 4.3).

A unit that represents a part is strongly active if the part is present, and weakly or not at all otherwise. Take all
pairs of one input with the part and one without. The area under the ROC curve (AUC) is the share of pairs in which the
first activates the unit more: 1 for a perfect fragment, 0.5 for a unit that says nothing about the part.

The score of a network is the mean, over the parts, of the AUC of the best unit for each part. By chance alone, the best
of several units lies above 0.5, so the score must be compared with its chance level.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

_CHUNK = 2_000_000  # number of AUCs in memory at once


def auc(
    activity: Float[Tensor, "*stack image unit"], present: Bool[Tensor, "image part"]
) -> Float[Tensor, "*stack unit part"]:
    """The AUC of every unit for every part, from rank sums; ties count half.

    Raises ValueError for a part that is present in no image or in all images.
    """
    return _from_ranks(_ranks(activity), _checked(present).double())


def fragment_score(
    activity: Float[Tensor, "*stack image unit"], present: Bool[Tensor, "image part"]
) -> Float[Tensor, "*stack"]:
    """Mean, over the parts, of the largest AUC of any unit."""
    return auc(activity, present).amax(dim=-2).mean(dim=-1)


def share_perfect_auc(
    activity: Float[Tensor, "*stack image unit"], present: Bool[Tensor, "image part"]
) -> Float[Tensor, "*stack"]:
    """Share of the parts for which some unit has an AUC of 1: it never makes a mistake."""
    return (auc(activity, present).amax(dim=-2) > 1 - 1e-9).double().mean(dim=-1)


class Permuted(NamedTuple):
    """A fragment score, and those after permutations of the images."""

    score: Float[Tensor, " seed"]
    chance: Float[Tensor, " seed"]  # mean score of the permutations
    p: Float[Tensor, " seed"]  # share of orders, the true one included, that score at least as high


def permutation_test(
    activity: Float[Tensor, "seed image unit"],
    present: Bool[Tensor, "image part"],
    *,
    permutations: int,
    generator: torch.Generator,
) -> Permuted:
    """The fragment score, compared with its values after permutations of the images.

    activity: the activations of the units.
    present: which parts each image contains. A permutation exchanges these rows between images, for all units alike.
    permutations: the number of permutations.
    generator: draws the permutations.
    """
    images, parts = present.shape
    orders = torch.stack([torch.randperm(images, generator=generator) for _ in range(permutations)])
    permuted = _checked(present)[orders].double()  # (permutation, image, part)
    table = permuted.transpose(0, 1).flatten(1).to(activity.device)  # (image, permutation * part)
    ranks = _ranks(activity)
    size = max(1, _CHUNK // (ranks.shape[-1] * table.shape[1]))
    found = [
        _from_ranks(some, table).amax(dim=-2).unflatten(-1, (permutations, parts)).mean(dim=-1)
        for some in ranks.split(size)
    ]
    scores, score = torch.cat(found), fragment_score(activity, present)  # (seed, permutation) and (seed)
    at_least = (scores >= score[:, None] - 1e-9).sum(dim=1)
    return Permuted(score, scores.mean(dim=1), (1 + at_least) / (1 + permutations))


def _ranks(activity: Float[Tensor, "*stack image unit"]) -> Float[Tensor, "*stack image unit"]:
    """Ranks over the images, counted from 1; ties get their mean rank."""
    values = activity.detach().mT.contiguous()
    ascending = values.sort(dim=-1).values
    below = torch.searchsorted(ascending, values)
    up_to = torch.searchsorted(ascending, values, right=True)
    return ((below + up_to + 1) / 2).double().mT


def _from_ranks(
    ranks: Float[Tensor, "*stack image unit"], present: Float[Tensor, "image part"]
) -> Float[Tensor, "*stack unit part"]:
    """Mann-Whitney: rank sum of the images with the part, minus its smallest possible value, over the pairs' number."""
    having = present.to(ranks).sum(dim=0)
    return (ranks.mT @ present.to(ranks) - having * (having + 1) / 2) / (having * (len(present) - having))


def _checked(present: Bool[Tensor, "image part"]) -> Bool[Tensor, "image part"]:
    trivial = (present.all(dim=0) | ~present.any(dim=0)).nonzero().flatten().tolist()
    if trivial:
        raise ValueError(f"Part {trivial[0]} is present in all images or in none, so no unit can tell its presence.")
    return present
