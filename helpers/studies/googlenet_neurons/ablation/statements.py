"""What the network lost without each group, beside groups of units like its own."""

from __future__ import annotations

from typing import NamedTuple

from jaxtyping import Bool, Float
from torch import Tensor

from helpers.studies.googlenet_neurons.ablation.groups import KINDS
from helpers.studies.googlenet_neurons.ablation.passes import HOW, Ablated

PerImage = Float[Tensor, " image"]


class Pair(NamedTuple):
    """A measure of each image without a group, and without groups of units like it (their mean)."""

    own: PerImage
    like: PerImage
    size: int


def chosen(found: Ablated, kind: str, how: str) -> Bool[Tensor, " condition"]:
    """The conditions of a kind of group."""
    return (found.kind == KINDS.index(kind)) & (found.how == HOW.index(how))


def pair(found: Ablated, kind: str, how: str, *, measure: str = "right", member: int = 0) -> Pair | None:
    """A group beside those like it; None where the group is not there.

    measure: a field of ``Ablated``, by condition and image. Images that were not tried are left out.
    """
    rows = chosen(found, kind, how) & (found.member == member)
    own, like = rows & (found.draw < 0), rows & (found.draw >= 0)
    if not (bool(own.any()) and bool(like.any())):
        return None
    table = getattr(found, measure)
    known = ~table[own][0].isnan()
    return Pair(table[own][0][known], table[like].mean(dim=0)[known], int(found.size[own][0]))


def lost(pair: Pair | None) -> PerImage | None:
    """What is lost without the group beyond what is lost without units like it, image by image."""
    return None if pair is None else pair.like - pair.own


def by_member(found: Ablated, kind: str, how: str, *, measure: str = "right") -> dict[int, Pair]:
    """The pairs of all groups of a kind, by their number, such as all clusters."""
    members = found.member[chosen(found, kind, how)].unique().tolist()
    pairs = {member: pair(found, kind, how, measure=measure, member=member) for member in members}
    return {member: each for member, each in pairs.items() if each is not None}


def mean_minus_zero(found: Ablated) -> list[float]:
    """For each group that was set to its mean, too: the share of right answers then, minus that with the group at 0."""
    differences = []
    for number in (found.how == HOW.index("mean")).nonzero().flatten().tolist():
        twin = (found.how == HOW.index("zero")) & (found.draw == found.draw[number])
        twin &= (found.kind == found.kind[number]) & (found.member == found.member[number])
        differences.append(float(found.right[number].nanmean() - found.right[twin][0].nanmean()))
    return differences
