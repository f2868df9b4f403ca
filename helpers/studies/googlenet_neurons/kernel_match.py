"""How well kernels fit the patterns that excite their units: for every branch, all pairs of kernels and patterns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from helpers.randomness import generator
from helpers.studies.googlenet_neurons.directions import coherence, crossing, mean_agreement, of_kernels, two_diagonals
from helpers.studies.googlenet_neurons.kernel_patterns import (
    STRONGEST,
    WEAKEST,
    Patterns,
    places_of,
    without_ring,
)
from helpers.studies.googlenet_neurons.kernels import averaged, composed_average, rank_one
from helpers.studies.googlenet_neurons.own_and_other import Pairs, all_pairs
from helpers.studies.googlenet_neurons.subject import Branch, Subject

AVERAGE, RANK_ONE, COMPOSED, SHUFFLED = "average", "rank one", "composed", "shuffled"
CONTRAST, INPUT = "contrast", "input"


@dataclass(frozen=True, kw_only=True)
class Match:
    """A branch's units that have patterns.

    unit: their numbers in the branch, and ``place`` in the rows of the patterns.
    kernels: pictures of each unit by the kind of kernel. patterns: by kind and end, as many points as the kernels.
    directions: harmonics of the averaged kernels; ``changes``: of the patterns.
    """

    branch: Branch
    unit: Int[Tensor, " unit"]
    place: Int[Tensor, " unit"]
    kernels: dict[str, Float[Tensor, "unit row column"]]
    patterns: dict[tuple[str, int], Float[Tensor, "unit row column"]]
    directions: Float[Tensor, "unit 5"]
    changes: Float[Tensor, "unit end 5"]

    def pairs(self, pattern: str, kernel: str = AVERAGE) -> Pairs:
        """Correlations of kernels with the patterns of the strongest images."""
        return all_pairs(self.kernels[kernel], self.patterns[pattern, STRONGEST])

    def negative_pairs(self, pattern: str) -> Pairs:
        """Correlations of the size of the averaged kernels' negative values with patterns of the weakest images."""
        return all_pairs((-self.kernels[AVERAGE]).relu(), self.patterns[pattern, WEAKEST])

    def agreement(self) -> tuple[float, float]:
        """cos 2(difference of directions) of own pairs, and of all others."""
        return mean_agreement(self.directions, self.changes[:, STRONGEST])

    def crossings(self) -> float:
        """The correlation over units of two diagonals in the kernel with lines along both diagonals in the pattern.

        NaN for fewer than three units.
        """
        if len(self.unit) < 3:
            return float("nan")
        both = torch.stack([two_diagonals(self.kernels[AVERAGE]), -crossing(self.changes[:, STRONGEST])])
        return float(torch.corrcoef(both.double())[0, 1])

    @property
    def coherences(self) -> Float[Tensor, " unit"]:
        """How clear the direction of each averaged kernel is."""
        return coherence(self.directions)


def matches(seen: Subject, found: Patterns, *, seed: int, least: int = 2) -> list[Match]:
    """One match for each branch with at least so many units that have patterns, in the order of the network.

    Branches whose windows on the image are not known are left out. The seed decides how kernels are shuffled.
    """
    branches = seen.kernel_sets()
    places = places_of(branches)
    made = []
    for branch in branches:
        own = places[branch.title]
        rows = ((found.unit >= own.start) & (found.unit < own.stop)).nonzero().flatten()
        if len(rows) < least or bool(found.harmonics[rows].isnan().any()):
            continue
        unit = found.unit[rows].long() - own.start
        kernels = {name: pictures[unit] for name, pictures in kernels_of(seen, branch, seed=seed).items()}
        patterns = {}
        for end in (STRONGEST, WEAKEST):
            patterns[CONTRAST, end] = adaptive_avg_pool2d(found.contrast[rows, end].float(), branch.size)
            patterns[INPUT, end] = without_ring(found.input[rows, end], branch.size)
        made.append(
            Match(
                branch=branch,
                unit=unit,
                place=rows,
                kernels=kernels,
                patterns=patterns,
                directions=of_kernels(kernels[AVERAGE]),
                changes=found.harmonics[rows],
            )
        )
    return made


def together(draws: Sequence[Sequence[Match]]) -> list[Match]:
    """Of each branch the units of several random networks as those of one match, in the order of the first."""
    found: dict[str, list[Match]] = {}
    for match in chain(*draws):
        found.setdefault(match.branch.convolution, []).append(match)
    return [_joined(parts) for parts in found.values()]


def _joined(parts: Sequence[Match]) -> Match:
    return Match(
        branch=parts[0].branch,
        unit=torch.cat([each.unit for each in parts]),
        place=torch.cat([each.place for each in parts]),
        kernels={name: torch.cat([each.kernels[name] for each in parts]) for name in parts[0].kernels},
        patterns={name: torch.cat([each.patterns[name] for each in parts]) for name in parts[0].patterns},
        directions=torch.cat([each.directions for each in parts]),
        changes=torch.cat([each.changes for each in parts]),
    )


def kernels_of(seen: Subject, branch: Branch, *, seed: int) -> dict[str, Float[Tensor, "unit row column"]]:
    """One picture for each unit, of every kind; composed where a 1×1 convolution stands before, else as the average."""
    weights, reduce = seen.weights(branch), seen.reduce_weights(branch)
    average = averaged(weights)
    points = average.flatten(1)
    order = torch.rand(points.shape, generator=generator(seed, f"shuffled {branch.convolution}")).argsort(dim=1)
    return {
        AVERAGE: average,
        RANK_ONE: rank_one(weights)[0],
        COMPOSED: average if reduce is None else composed_average(weights, reduce),
        SHUFFLED: points.gather(1, order).reshape(average.shape),
    }
