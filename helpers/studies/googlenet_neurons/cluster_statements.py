"""What the sentences on clusters are judged by: values over sets or starts, from the partitions that a stage made."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from helpers.metrics.clusters import (
    Gaps,
    adjusted_rand_index,
    filled_centre,
    radial_variation,
    silhouette,
    sorted_shares,
    total_variation,
    ward_tree,
    widest_step,
)
from helpers.randomness import generator
from helpers.studies.googlenet_neurons.cluster_inputs import (
    CONTROLS,
    OF_WHOLE,
    averaged,
    control_averages,
    control_kernels,
    normalised,
    table_of_distances,
)
from helpers.studies.googlenet_neurons.cluster_readings import OF_AVERAGES, READINGS
from helpers.studies.googlenet_neurons.cluster_sets import READ_OFF, KernelSet
from helpers.studies.googlenet_neurons.stated_characters import CHARACTERS, Character, largest_share, shows
from helpers.studies.googlenet_neurons.unit_clusters import PLACED, KernelClusters

STUDYS = READINGS[:5]  # the readings of the study's own algorithm
TOLD = "averages embedded"  # the reading that captions and section 7.2 tell
ALIKE = 0.8  # of the signs of a majority
_GROUPS = 20  # random groups of the same sizes
_OF_CHARACTERS = ("averages", TOLD)  # the readings whose clusters are searched

Signs = Float[Tensor, "unit position"]
Labels = Int[Tensor, " unit"]


@dataclass(frozen=True, kw_only=True)
class Clustered:
    """A set of kernels and what the stage made of it."""

    set: KernelSet
    made: KernelClusters
    seed: int

    @property
    def name(self) -> str:
        return self.set.name

    @property
    def starts(self) -> int:
        return self.made.label.shape[1]

    @property
    def draws(self) -> int:
        return self.made.control_label.shape[2]

    def label(self, reading: str = TOLD, start: int = 0) -> Labels:
        return self.made.label[READINGS.index(reading), start].long()

    def control_label(self, control: str, reading: str = TOLD, draw: int = 0) -> Labels:
        """The clusters of a draw of a control; those of whole kernels there are for ``few`` random draws alone."""
        return self.made.control_label[CONTROLS.index(control), READINGS.index(reading), draw].long()

    @property
    def few(self) -> int:
        """The draws of random weights that were clustered by every reading, and by two starts."""
        made = self.made.control_again[CONTROLS.index("random"), 0, :, 0] >= 0
        return int(made.sum())

    @cached_property
    def averages(self) -> Signs:
        """Averaged normalised kernels, which are clustered."""
        return averaged(normalised(self.set.kernels))

    @cached_property
    def raw(self) -> Signs:
        """Averaged kernels as they are, whose signs the study describes."""
        return averaged(self.set.kernels)

    @cached_property
    def distances(self) -> Float[Tensor, "unit unit"]:
        return table_of_distances(self.averages)

    def plane(self, reading: str = TOLD, start: int = 0) -> Float[Tensor, "unit 2"]:
        return self.made.embedding[PLACED.index(reading), start]

    def control_plane(self, control: str, draw: int) -> Float[Tensor, "unit 2"]:
        return self.made.control_embedding[CONTROLS.index(control), draw]

    def silhouettes(self, reading: str = TOLD, start: int = 0) -> Float[Tensor, " unit"]:
        """Of each unit, among averaged kernels."""
        return silhouette(self.distances, self.label(reading, start))

    def control_silhouettes(self, control: str, reading: str = TOLD) -> Float[Tensor, "draw unit"]:
        return self.made.control_silhouette[CONTROLS.index(control), READINGS.index(reading)].double()

    def beyond(self, control: str, reading: str = TOLD) -> float:
        """Share of the draws of a control whose mean silhouette is smaller than the set's own."""
        if reading in OF_AVERAGES:
            drawn = self.control_silhouettes(control, reading).mean(dim=1)
        else:
            drawn = self.made.whole_silhouette[OF_WHOLE.index(control), READINGS.index(reading)].double()
        return float((drawn < self.silhouettes(reading).mean()).double().mean())

    def beyond_all(self, reading: str = TOLD) -> bool:
        """Whether its mean silhouette is larger than in every draw of every control that the reading has."""
        controls = CONTROLS if reading in OF_AVERAGES else OF_WHOLE
        return all(self.beyond(control, reading) == 1 for control in controls)

    def agree(self, one: str, other: str) -> float:
        """The adjusted Rand index of two readings, first start."""
        return adjusted_rand_index(self.label(one), self.label(other))

    def starts_agree(self, reading: str = TOLD) -> float:
        """The adjusted Rand index of two starts, mean over pairs; 1 for a single start."""
        pairs = list(itertools.combinations(range(self.starts), 2))
        found = [adjusted_rand_index(self.label(reading, a), self.label(reading, b)) for a, b in pairs]
        return sum(found) / len(found) if found else 1.0

    def random_starts_agree(self, reading: str = TOLD) -> float:
        """The same of random weights, mean over draws."""
        k, place = CONTROLS.index("random"), READINGS.index(reading)
        pairs = zip(self.made.control_label[k, place], self.made.control_again[k, place], strict=True)
        found = [adjusted_rand_index(a.long(), b.long()) for a, b in list(pairs)[: self.few]]
        return sum(found) / len(found)

    def bootstraps_agree(self, reading: str = TOLD) -> float:
        return float(self.made.bootstrap[READINGS.index(reading)].mean())

    @cached_property
    def variations(self) -> tuple[list[float], list[float]]:
        """Radial variation of the embedding, by start, and of those of random weights, by draw."""
        own = [radial_variation(self.plane(start=start)) for start in range(self.starts)]
        return own, [radial_variation(self.control_plane("random", draw)) for draw in range(self.draws)]

    @cached_property
    def centres(self) -> tuple[float, list[float]]:
        """The share of units near the centre of the embedding, and in those of random weights, by draw."""
        drawn = [filled_centre(self.control_plane("random", draw)) for draw in range(self.draws)]
        return filled_centre(self.plane()), drawn

    @property
    def has_known_shape(self) -> bool:
        """Whether the embedding, first start, lies outside the range of random weights in one of the two numbers."""
        (own, drawn), (centre, centres) = self.variations, self.centres
        return not (min(drawn) <= own[0] <= max(drawn) and min(centres) <= centre <= max(centres))

    @property
    def gaps(self) -> Gaps:
        return Gaps(self.made.gap, self.made.gap_error)

    @cached_property
    def trees(self) -> tuple[Float[np.ndarray, "merge 4"], Float[np.ndarray, "merge 4"]]:
        """Ward's tree, and that of the first draw of random weights."""
        drawn = control_averages(self.set.kernels, "random", name=self.key, draw=0, seed=self.seed)
        return ward_tree(self.averages), ward_tree(drawn)

    @cached_property
    def trees_step(self) -> tuple[int, int]:
        """Where the widest step of Ward's tree is, and of that of the first draw of random weights."""
        own, drawn = self.trees
        return widest_step(own, READ_OFF), widest_step(drawn, READ_OFF)

    @property
    def key(self) -> str:
        """The name by which the stage draws the set's controls."""
        return self.set.branch.layer

    def nearest_sizes(self, shares: Float[Tensor, " cluster"]) -> tuple[list[float], list[float]]:
        """How far sorted shares are from given ones by the nearest reading: by start, and of random weights."""
        own = [min(self._distance(self.label(r, s), shares) for r in STUDYS) for s in range(self.starts)]
        drawn = [
            min(self._distance(self.control_label("random", r, d), shares) for r in STUDYS) for d in range(self.few)
        ]
        return own, drawn

    def _distance(self, label: Labels, shares: Float[Tensor, " cluster"]) -> float:
        return total_variation(sorted_shares(label), shares)

    def shuffled_raw(self, draw: int) -> Signs:
        """The averaged kernels of a draw of shuffled positions, as they are."""
        return averaged(control_kernels(self.set.kernels, "shuffled", name=self.key, draw=draw, seed=self.seed))

    def representative(self, reading: str = TOLD) -> dict[int, Signs]:
        """For each cluster the averaged kernel nearest to the cluster's mean, the mean, and the standard deviation."""
        label, found = self.label(reading), {}
        for k in label.unique().tolist():
            own = self.raw[label == k]
            mean = own.mean(dim=0)
            nearest = own[(own - mean).norm(dim=1).argmin()]
            found[k] = torch.stack([nearest, mean, own.std(dim=0, correction=0)])
        return found


class Shown(NamedTuple):
    """The largest share of a cluster that shows a stated pattern: by start, in random groups, in shuffled kernels."""

    own: list[float]
    grouped: list[float]
    shuffled: list[float]

    @property
    def floor(self) -> list[float]:
        """The larger of the two controls."""
        return [max(pair) for pair in zip(self.grouped, self.shuffled, strict=True)]


def by_character(looked: Mapping[str, Clustered], character: Character) -> Shown:
    """One value of each for each start; a draw of random groups and of shuffled kernels for each start."""
    one = looked[character.set]
    least, random = character.least(len(one.raw)), generator(one.seed, f"random groups of {character.claim}")
    shown = shows(one.raw, character.patterns)
    found = Shown([], [], [])
    for start in range(min(one.starts, one.draws)):
        labels = [one.label(reading, start) for reading in _OF_CHARACTERS]
        found.own.append(max(largest_share(shown, label, least) for label in labels))
        orders = [torch.randperm(len(shown), generator=random) for _ in labels]
        pairs = zip(labels, orders, strict=True)
        found.grouped.append(max(largest_share(shown, label[order], least) for label, order in pairs))
        there = shows(one.shuffled_raw(start), character.patterns)
        drawn = [one.control_label("shuffled", reading, start) for reading in _OF_CHARACTERS]
        found.shuffled.append(max(largest_share(there, label, least) for label in drawn))
    return found


def characters(looked: Mapping[str, Clustered]) -> dict[Character, Shown]:
    """All descriptions of the study, as :func:`by_character` has them."""
    return {each: by_character(looked, each) for each in CHARACTERS}


def share_of_followers(raw: Signs, label: Labels, alike: float = ALIKE) -> float:
    """Share of the units that have at least so large a share of the signs that the majority of their cluster has."""
    positive = raw > 0
    followers: Bool[Tensor, " unit"] = torch.zeros(len(raw), dtype=torch.bool)
    for k in label.unique():
        own = positive[label == k]
        majority = own.double().mean(dim=0) > 0.5
        followers[label == k] = (own == majority).double().mean(dim=1) >= alike
    return float(followers.double().mean())


def in_random_groups(raw: Signs, label: Labels, *, seed: int, alike: float = ALIKE) -> float:
    """The same in random groups of the clusters' sizes, mean over draws."""
    random = generator(seed, "random groups")
    orders = [torch.randperm(len(label), generator=random) for _ in range(_GROUPS)]
    return sum(share_of_followers(raw, label[order], alike) for order in orders) / _GROUPS


def validation(looked: Sequence[Clustered], *, shuffled: bool, alike: float = ALIKE) -> dict[str, list[float]]:
    """The shares of followers in random groups and in clusters, a value for each set."""
    found: dict[str, list[float]] = {"random groups": [], "clusters": []}
    for one in looked:
        raw = one.shuffled_raw(0) if shuffled else one.raw
        label = one.control_label("shuffled") if shuffled else one.label()
        found["clusters"].append(share_of_followers(raw, label, alike))
        found["random groups"].append(in_random_groups(raw, label, seed=one.seed, alike=alike))
    return found


def spreads(one: Clustered) -> tuple[float, float]:
    """Standard deviation over mean of the distances of whole normalised kernels: of random weights, and its own."""
    random = control_kernels(one.set.kernels, "random", name=one.key, draw=0, seed=one.seed)
    rows, columns = torch.triu_indices(len(random), len(random), 1)
    found = []
    for kernels in (random, one.set.kernels):
        flat = normalised(kernels).flatten(1)
        distance = torch.cdist(flat, flat)[rows, columns]
        found.append(float(distance.std() / distance.mean()))
    return found[0], found[1]


def readings_agree(one: Clustered) -> Float[Tensor, "reading reading"]:
    """The adjusted Rand index of the readings of the study's algorithm, first start."""
    return torch.tensor([[one.agree(a, b) for b in STUDYS] for a in STUDYS], dtype=torch.double)


def precomputed_agrees(one: Clustered) -> float:
    """The adjusted Rand index of a table taken as distances and as rows, mean of averaged and of whole kernels."""
    pairs = [("averages", "averages precomputed"), ("embedded", "embedded precomputed")]
    return sum(one.agree(*pair) for pair in pairs) / len(pairs)


def variation_by_depth(looked: Sequence[Clustered]) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Radial variation of the embeddings of a layer, mean over its sets, by its number from 1: by start, and by draw.

    As many draws of random weights as there are starts.
    """
    layers = list(dict.fromkeys(one.set.branch.block for one in looked))
    own, drawn = {}, {}
    for number, layer in enumerate(layers, 1):
        part = [one.variations for one in looked if one.set.branch.block == layer]
        starts = len(part[0][0])
        own[str(number)] = torch.tensor([each for each, _ in part]).mean(dim=0).tolist()
        drawn[str(number)] = torch.tensor([each[:starts] for _, each in part]).mean(dim=0).tolist()
    return own, drawn


def as_tensor(shares: Sequence[float]) -> Float[Tensor, " cluster"]:
    return torch.as_tensor(shares, dtype=torch.double)
