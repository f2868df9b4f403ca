"""What the network lost without each group, beside groups of units like its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from helpers.studies.googlenet_neurons.ablation.groups import CLUSTER, KINDS
from helpers.studies.googlenet_neurons.ablation.moves import AS_IT_IS, VERSIONS, WHOLE, Moved
from helpers.studies.googlenet_neurons.ablation.passes import HOW, Ablated

PerImage = Float[Tensor, " image"]
PerUnit = Float[Tensor, " unit"]


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
    """For each group that was set to its mean, too: the share of right answers then, minus that with the group at 0.

    Both are shares of the images on which the group was set to its mean.
    """
    differences = []
    for number in (found.how == HOW.index("mean")).nonzero().flatten().tolist():
        twin = (found.how == HOW.index("zero")) & (found.draw == found.draw[number])
        twin &= (found.kind == found.kind[number]) & (found.member == found.member[number])
        differences.append(float((found.right[number] - found.right[twin][0]).nanmean()))
    return differences


def steady(found: Moved, version: str) -> dict[str, PerImage]:
    """Whether the answer to a version of an image is that to the image as it is: of the whole network ("whole"),
    without the group ("own"), and without groups of units like it ("like", their mean)."""
    same = (found.answer[:, VERSIONS.index(version)] == found.answer[:, VERSIONS.index(AS_IT_IS)]).double()
    return _by_group(found, same)


def right(found: Moved, version: str) -> dict[str, PerImage]:
    """Whether the answer to a version of an image is its class; keys as of :func:`steady`."""
    return _by_group(found, (found.answer[:, VERSIONS.index(version)] == found.label).double())


def _by_group(found: Moved, values: Float[Tensor, "condition image"]) -> dict[str, PerImage]:
    chosen = {"whole": found.draw == WHOLE, "own": found.draw == -1, "like": found.draw >= 0}
    return {name: values[rows].mean(dim=0) for name, rows in chosen.items() if bool(rows.any())}


def changed_in_parts(found: Moved, parts: int = 5) -> list[float]:
    """Of the whole network, in each part of the images: the share of answers that another version changes, for that
    version that changes fewer."""
    versions = [1 - steady(found, version)["whole"] for version in VERSIONS if version != AS_IT_IS]
    count = len(found.label)
    places = [torch.arange(first, count, parts) for first in range(min(parts, count))]
    return [min(float(each[own].mean()) for each in versions) for own in places]


def of_clusters(found: Ablated) -> dict[str, PerUnit]:
    """For each unit of a cluster that was taken out: the share of right answers lost without the cluster ("loss"), and
    the share of groups of units like those of any cluster without which less is lost ("percentile"); NaN for others."""
    whole = found.whole.double().mean()
    at_zero = chosen(found, CLUSTER, "zero")
    losses = whole - found.right.double().mean(dim=1)
    like = losses[at_zero & (found.draw >= 0)].sort().values
    table = {
        name: torch.full((found.units.shape[1],), torch.nan, dtype=torch.float64) for name in ("loss", "percentile")
    }
    for number in (at_zero & (found.draw < 0)).nonzero().flatten().tolist():
        table["loss"][found.units[number]] = losses[number]
        if len(like):
            below = float(torch.searchsorted(like, losses[number].contiguous())) / len(like)
            table["percentile"][found.units[number]] = below
    return table


def of_scores(found: Ablated, kinds: Sequence[str]) -> dict[str, PerUnit]:
    """For each unit of a group of these kinds: the share of right answers lost without the group ("loss"), and the
    share of groups of units like its own without which less is lost ("percentile"); of a unit in several groups the
    mean over these; NaN for others. Groups of different kinds differ in size, so each is compared with its own like."""
    whole = found.whole.double().mean()
    losses = whole - found.right.double().mean(dim=1)
    tables: dict[str, list[Tensor]] = {"loss": [], "percentile": []}
    for kind in kinds:
        at_zero = chosen(found, kind, "zero")
        like = losses[at_zero & (found.draw >= 0)]
        for number in (at_zero & (found.draw < 0)).nonzero().flatten().tolist():
            below = (like < losses[number]).double().mean()  # NaN where no group is like it
            for name, value in (("loss", losses[number]), ("percentile", below)):
                tables[name].append(torch.where(found.units[number], value, torch.nan))
    empty = torch.full((1, found.units.shape[1]), torch.nan, dtype=torch.float64)
    return {name: torch.cat([empty, *(each[None] for each in rows)]).nanmean(dim=0) for name, rows in tables.items()}
