"""Algorithm 4 of the study: how far apart the columns, and the rows, of a unit's kernel are, and which of them is odd.

A line is a column or a row. Its sample are all weights in it, over the rows (or columns) and over the channels. The
distance of two lines is the Kolmogorov-Smirnov distance of their samples, and the score of a direction the largest
minus the smallest distance of its pairs of lines (section 4.2.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from helpers.metrics.distributions import ks_distances, ks_distances_of_groups

SIDES = ("top", "bottom", "left", "right")
INSIDE = -1  # in place of a side, for an odd line that is no outermost one
THRESHOLD = 0.5  # the study's
_DIRECTIONS = (("left", "right"), ("top", "bottom"))  # the sides of the outermost columns, and rows

Kernels = Float[Tensor, "unit channel row column"]


@dataclass(frozen=True, kw_only=True)
class Lines:
    """The scores of units, and their odd lines, for columns (0) and rows (1).

    score: of each direction. odd: the line that is farthest from the others on average. lines: how many there are.
    """

    score: Float[Tensor, "unit 2"]
    odd: Int[Tensor, "unit 2"]
    lines: Int[Tensor, "unit 2"]

    @property
    def best(self) -> Float[Tensor, " unit"]:
        """The larger score: what "column or row" asks for."""
        return self.score.amax(dim=1)

    @property
    def direction(self) -> Int[Tensor, " unit"]:
        """The direction of the larger score."""
        return self.score.argmax(dim=1)

    @property
    def odd_line(self) -> Int[Tensor, " unit"]:
        """The odd line of that direction."""
        return self.odd.gather(1, self.direction[:, None])[:, 0]

    @property
    def side(self) -> Int[Tensor, " unit"]:
        """The side, as in ``SIDES``, at which the odd line of that direction lies; ``INSIDE`` for one in the middle."""
        last = self.lines.gather(1, self.direction[:, None])[:, 0] - 1
        first_side, last_side = (
            torch.tensor([SIDES.index(pair[end]) for pair in _DIRECTIONS])[self.direction] for end in (0, 1)
        )
        at = torch.where(self.odd_line == 0, first_side, last_side)
        return torch.where((self.odd_line == 0) | (self.odd_line == last), at, INSIDE)

    def flagged(self, threshold: float = THRESHOLD, *, both: bool = False) -> Bool[Tensor, " unit"]:
        """Units that reach the threshold in columns or rows; ``both``: in columns and rows, as the algorithm says."""
        reached = self.score >= threshold
        return reached.all(dim=1) if both else reached.any(dim=1)


def lines_of(weights: Kernels) -> Lines:
    """The scores and odd lines of the units of a branch; kernels of two rows and columns or more."""
    distances = ks_distances_of_groups(weights.flatten(1), _places(weights.shape[1:]))
    lines = weights.shape[:1:-1]  # columns, rows
    score, odd = (np.stack(found, axis=1) for found in zip(*map(_scored, distances, lines), strict=True))
    counts = torch.tensor(lines).expand(len(weights), 2)
    return Lines(score=torch.from_numpy(score), odd=torch.from_numpy(odd), lines=counts)


def joined(parts: Sequence[Lines]) -> Lines:
    """The units of several branches, one after the other."""
    return Lines(**{name: torch.cat([getattr(each, name) for each in parts]) for name in ("score", "odd", "lines")})


def of_three_lines(weights: Kernels) -> Float[Tensor, " unit"]:
    """The larger score if only the first, the middle and the last line of each direction are compared."""
    scores = []
    for samples in _samples(weights):
        count = samples.shape[1]
        chosen = samples[:, [0, count // 2, count - 1]]
        scores.append(_scored(ks_distances(chosen), 3)[0])
    return torch.from_numpy(np.maximum(*scores))


def shuffled(weights: Kernels, random: torch.Generator) -> Kernels:
    """The weights of each channel of each unit in another order of positions: the values stay, the shape goes."""
    flat = weights.flatten(2)
    order = torch.rand(flat.shape, generator=random).argsort(dim=2)
    return flat.gather(2, order).reshape(weights.shape)


def channels_alike(weights: Kernels, lines: Lines) -> Float[Tensor, " unit"]:
    """The share of a unit's channels in which the odd line has the largest mean of all lines, or the smallest.

    Which of both is asked for is the same for all channels of a unit: the largest where the odd line of the averaged
    kernel lies above the mean of that kernel, else the smallest.
    """
    found = torch.empty(len(weights))
    for direction, along in ((0, 2), (1, 3)):
        here = lines.direction == direction
        means = weights[here].mean(dim=along)  # (unit, channel, line)
        odd = lines.odd_line[here]
        averaged = means.mean(dim=1)
        own = averaged.gather(1, odd[:, None])[:, 0]
        sign = torch.where(own >= averaged.mean(dim=1), 1.0, -1.0)
        extreme = (means * sign[:, None, None]).argmax(dim=2)
        found[here] = (extreme == odd[:, None]).float().mean(dim=1)
    return found


def _samples(weights: Kernels) -> tuple[Float[Tensor, "unit column _"], Float[Tensor, "unit row _"]]:
    """The weights in each column, and in each row."""
    return weights.permute(0, 3, 1, 2).flatten(2), weights.permute(0, 2, 1, 3).flatten(2)


# In NumPy: threads that torch starts for an operation spin for a while after it, where distances need them.
def _scored(
    distances: Float[Tensor, "unit pair"], count: int
) -> tuple[Float[np.ndarray, " unit"], Int[np.ndarray, " unit"]]:
    """Largest minus smallest distance, and the line with the largest sum of distances."""
    found = distances.numpy()
    return found.max(axis=1) - found.min(axis=1), (found @ _members(count)).argmax(axis=1)


@cache
def _members(count: int) -> Float[np.ndarray, "pair line"]:
    """1 where a line is one of a pair, else 0."""
    return np.stack([np.bincount(both, minlength=count) for both in combinations(range(count), 2)]).astype(float)


@cache
def _places(shape: torch.Size) -> tuple[Int[Tensor, " weight"], Int[Tensor, " weight"]]:
    """The column and the row of each weight of a unit of this shape: (channel, row, column)."""
    row, column = torch.meshgrid(*map(torch.arange, shape[1:]), indexing="ij")
    return column.expand(shape).flatten(), row.expand(shape).flatten()
