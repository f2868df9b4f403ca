"""Which units are taken out together: ends of a score, clusters of kernels, and units like them.

A tenth of the units of every branch with kernels of 3×3 or more are taken by a score, so that all groups are equally
large and equally spread: those with the largest border score of algorithm 4, with the smallest colour index, and with
the largest. Border-aware units by the study's own threshold are few, and a group of their own. Clusters are Ward's, of
the averaged kernels of a branch, as many as the study finds there; one is taken out at a time, and of one that has more
than half of the branch, half.

Units like those of a group have neighbouring mean activations, and lie in the same branch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.randomness import generator
from helpers.studies.googlenet_neurons.border_lines import THRESHOLD, lines_of
from helpers.studies.googlenet_neurons.stated_sizes import SIZES
from helpers.studies.googlenet_neurons.subject import Branch, Subject

BORDER, FLAGGED, COLOUR_BLIND, COLOURED, CLUSTER = KINDS = (
    "largest border score",
    "border-aware by algorithm 4",
    "smallest colour index",
    "largest colour index",
    "cluster of kernels",
)
SHARE = 0.1  # of a branch
FEWEST = 6  # units of a cluster that is taken out
CLUSTERS = 4  # of a branch of another network: the study's commonest number (section 7.2)
_NEIGHBOURS = 5  # nearest in mean activation, of which one is drawn

Units = Int[Tensor, " _"]


class Group(NamedTuple):
    """Units that are taken out together, by their numbers among all units, one branch after the other.

    kind: its place in ``KINDS``. member: which cluster of all; 0 for other kinds. branch: of a cluster; -1 for all.
    draw: which of the groups of units like them; -1 for the group itself.
    """

    kind: int
    member: int
    branch: int
    draw: int
    units: Units


def groups_of(seen: Subject, colour_index: Float[Tensor, " unit"], *, seed: int) -> list[Group]:
    """The groups themselves; those without a unit are left out.

    colour_index: of all units; those without one are in no group by it.
    """
    border = torch.full((seen.units,), torch.nan)
    for branch in seen.kernel_sets():
        border[seen.places(branch)] = lines_of(seen.weights(branch)).best.float()
    scores = {BORDER: border, COLOUR_BLIND: -colour_index, COLOURED: colour_index}
    chosen = {kind: _ends(seen, score) for kind, score in scores.items()}
    chosen[FLAGGED] = (border >= THRESHOLD).nonzero().flatten()
    whole = [Group(KINDS.index(kind), 0, -1, -1, chosen[kind]) for kind in KINDS if kind in chosen]
    return [each for each in whole if len(each.units)] + _clusters(seen, seed=seed)


def like(
    group: Group, mean: Float[Tensor, " unit"], seen: Subject, *, draws: int, seed: int, flagged: Sequence[int] = ()
) -> list[Group]:
    """Groups of other units of the same branches, each with a mean activation near that of one unit of the group.

    mean: activation of all units, over images and positions; those of branches without such kernels are not asked for.
    flagged: units that no such group may have.
    """
    found = []
    for draw in range(draws):
        random = generator(seed, f"units like {group.kind} {group.member} {draw}")
        units = [
            _neighbours(own, mean, seen.places(branch), random, flagged)
            for branch in seen.kernel_sets()
            if len(own := _within(group.units, seen.places(branch)))
        ]
        found.append(group._replace(draw=draw, units=torch.cat(units)))
    return found


def _ends(seen: Subject, score: Float[Tensor, " unit"]) -> Units:
    """The tenth of every branch with the largest score; units without a score come last, and are left out."""
    found = []
    for branch in seen.kernel_sets():
        place = seen.places(branch)
        own = score[place]
        count = min(max(1, round(SHARE * branch.units)), int((~own.isnan()).sum()))
        order = own.nan_to_num(-torch.inf).argsort(descending=True, stable=True)
        found.append(order[:count] + place.start)
    return torch.cat(found)


def _clusters(seen: Subject, *, seed: int) -> list[Group]:
    """The clusters of every branch that has enough kernels, at most half of the branch of each."""
    found: list[Group] = []
    for number, branch in enumerate(seen.branches):
        if branch not in seen.kernel_sets() or branch.units < 2 * FEWEST:
            continue
        label = ward(seen.weights(branch), clusters_of(branch))
        for cluster in label.unique():
            units = (label == cluster).nonzero().flatten()
            random = generator(seed, f"half of cluster {number} {int(cluster)}")
            most = min(len(units), branch.units // 2)
            units = units[torch.randperm(len(units), generator=random)[:most]] + seen.places(branch).start
            if len(units) >= FEWEST:
                found.append(Group(KINDS.index(CLUSTER), len(found), number, -1, units.sort().values))
    return found


def clusters_of(branch: Branch) -> int:
    """How many clusters the kernels of a branch have: the study's number for it where it gives one."""
    return len(SIZES[branch.title]) if branch.title in SIZES else CLUSTERS


def ward(weights: Float[Tensor, "unit channel row column"], clusters: int) -> Int[Tensor, " unit"]:
    """Ward's clusters of kernels, of mean 0 and variance 1 in each unit, averaged over the channels."""
    from scipy.cluster.hierarchy import cut_tree, linkage  # imported here because it takes a second

    flat = weights.double().flatten(1)
    spread = flat.std(dim=1, correction=0, keepdim=True).clamp(min=1e-12)
    average = ((flat - flat.mean(dim=1, keepdim=True)) / spread).view(weights.shape).mean(dim=1).flatten(1)
    return torch.from_numpy(cut_tree(linkage(average.numpy(), "ward"), n_clusters=clusters)[:, 0]).long()


def _within(units: Units, place: slice) -> Int[Tensor, " _"]:
    return units[(units >= place.start) & (units < place.stop)]


def _neighbours(
    own: Units, mean: Float[Tensor, " unit"], place: slice, random: torch.Generator, flagged: Sequence[int]
) -> Units:
    """For each unit another one of the branch, drawn from the nearest five in mean activation that are still free."""
    free = torch.zeros(len(mean), dtype=torch.bool)
    free[place] = True
    free[own] = False
    free[list(flagged)] = False
    found = []
    for unit in own[torch.randperm(len(own), generator=random)].tolist():
        gap = (mean - mean[unit]).abs().masked_fill(~free, torch.inf)
        nearest = gap.argsort(stable=True)[: min(_NEIGHBOURS, int(free.sum()))]
        if len(nearest):
            found.append(int(nearest[torch.randint(len(nearest), (), generator=random)]))
            free[found[-1]] = False
    return torch.tensor(found, dtype=torch.long)
