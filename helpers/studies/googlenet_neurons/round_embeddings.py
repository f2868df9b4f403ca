"""How round embeddings are with several numbers of UMAP's neighbours: trained kernels beside random weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.metrics.clusters import filled_centre, radial_variation
from helpers.studies.googlenet_neurons.cluster_statements import Clustered
from helpers.studies.googlenet_neurons.embedding_checks import longest_bar
from helpers.studies.googlenet_neurons.embedding_neighbours import CONTROL, OTHERS, EmbeddingsByNeighbours

Plane = Float[Tensor, "unit 2"]
_MEASURES = {"variation": radial_variation, "centre": filled_centre, "bar": longest_bar}


@dataclass(frozen=True, kw_only=True)
class Round:
    """The embeddings of a set by the number of neighbours: those of ``OTHERS``, and the page's own in between."""

    one: Clustered
    made: EmbeddingsByNeighbours
    own_neighbours: int

    @property
    def numbers(self) -> list[int]:
        """As many neighbours as are asked for, ascending; a small set has fewer."""
        return sorted({*OTHERS, self.own_neighbours})

    def planes(self, number: int) -> list[Plane]:
        """The embedding of trained kernels, first start, then those of the draws of random weights."""
        if number in OTHERS:
            place = OTHERS.index(number)
            return [self.made.embedding[place], *self.made.control_embedding[place]]
        return [self.one.plane(), *(self.one.control_plane(CONTROL, draw) for draw in range(self.one.draws))]

    @cached_property
    def measured(self) -> dict[str, Float[Tensor, "number cloud"]]:
        """Radial variation, filled centre, and longest bar over the median distance; trained first."""
        planes = [self.planes(number) for number in self.numbers]
        return {
            name: torch.tensor([[measure(plane) for plane in row] for row in planes], dtype=torch.double)
            for name, measure in _MEASURES.items()
        }

    def beside_random(self, name: str) -> tuple[float, float]:
        """A measure with the page's own neighbours, and that of random weights, mean over the draws."""
        values = self.measured[name][self.numbers.index(self.own_neighbours)]
        return float(values[0]), float(values[1:].mean())

    def larger(self, *, cloud: int = 0) -> list[float]:
        """By number: the share of the draws with a larger radial variation.

        cloud: 0 for trained kernels; k for the k-th draw among the others.
        """
        values = self.measured["variation"]
        others = [k for k in range(1, values.shape[1]) if k != cloud]
        return (values[:, others] > values[:, [cloud]]).double().mean(dim=1).tolist()

    def is_round(self, *, cloud: int = 0) -> bool:
        """Whether it is rounder than every draw, with every number of neighbours."""
        return min(self.larger(cloud=cloud)) == 1


def spread(shares: Sequence[float]) -> float:
    """The largest of some numbers minus the smallest."""
    return max(shares) - min(shares)


def variation_by_neighbours(sets: Sequence[Round]) -> dict[str, list[float]]:
    """The radial variation of random weights, mean over the draws, by the number of neighbours, for each set."""
    drawn = torch.stack([each.measured["variation"][:, 1:].mean(dim=1) for each in sets])  # (set, number)
    return {str(number): drawn[:, k].tolist() for k, number in enumerate(sets[0].numbers)}


def table(sets: Sequence[Round]) -> str:
    """Means over the sets by the number of neighbours, trained and random weights, as Markdown."""
    rows = []
    for k, number in enumerate(sets[0].numbers):
        cells = [
            f"{torch.stack([part(each.measured[name][k]) for each in sets]).mean():.2f}"
            for name in _MEASURES
            for part in (lambda values: values[0], lambda values: values[1:].mean())
        ]
        below = sum(each.larger()[k] == 1 for each in sets)
        rows.append(f"| {number} | {' | '.join(cells)} | {below} |")
    head = "radial variation | of random weights | filled centre | of random weights | longest bar | of random weights"
    return "\n".join([f"| neighbours | {head} | sets rounder than every draw |", f"|{'---|' * 8}", *rows])
