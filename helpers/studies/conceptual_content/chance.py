"""Controls of the study's measures: units that are blind to classes, labels and names of classes that are permuted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int, Shaped
from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Chance:
    """What a measure gives for class-blind draws.

    low, high: between them lie 95% of the draws.
    spread: standard deviation over the draws.
    """

    mean: float
    low: float
    high: float
    spread: float

    def z_scores(self, values: Float[Tensor, "*rest"]) -> Float[Tensor, "*rest"]:
        """By how many standard deviations of the draws the values lie above their mean; NaN if all draws are alike."""
        if self.spread <= 1e-9 * abs(self.mean):  # alike but for rounding
            return torch.full_like(values, torch.nan)
        return (values - self.mean) / self.spread

    def share_above(self, values: Float[Tensor, "*rest unit"]) -> Float[Tensor, "*rest"]:
        """Share of the units beyond the upper end of the draws: 2.5% of class-blind units are."""
        return (values > self.high).double().mean(dim=-1)


def class_blind_counts(
    sizes: Int[Tensor, " class"], *, top: int, draws: int, generator: torch.Generator
) -> Int[Tensor, "draw class"]:
    """Rows of the CoF matrix of units that take ``top`` images of the set whatever their class, without replacement.

    sizes: the number of images of each class.
    """
    seed = int(torch.randint(2**62, (1,), generator=generator))
    drawn = np.random.default_rng(seed).multivariate_hypergeometric(sizes.tolist(), top, size=draws, method="marginals")
    return torch.from_numpy(drawn)


def chance(
    measure: Callable[[Shaped[Tensor, "draw class"]], Float[Tensor, " draw"]], counts: Int[Tensor, "draw class"]
) -> Chance:
    """What a measure gives for rows of :func:`class_blind_counts`."""
    values = measure(counts).double()
    low, high = values.quantile(torch.tensor([0.025, 0.975], dtype=torch.double)).tolist()
    return Chance(mean=float(values.mean()), low=low, high=high, spread=float(values.std()))


def permuted_labels(
    labels: Int[Tensor, " image"], *, draws: int, generator: torch.Generator
) -> Int[Tensor, "draw image"]:
    """The labels, permuted over the images: units keep their images, and classes their sizes."""
    return torch.stack([labels[torch.randperm(len(labels), generator=generator)] for _ in range(draws)])


def permuted_names(counts: Int[Tensor, "unit class"], *, generator: torch.Generator) -> Int[Tensor, "unit class"]:
    """The counts with the classes permuted, in each row by itself.

    Rows keep their counts, and so every measure of a single row. What classes two units share is left to chance.
    """
    order = torch.rand(counts.shape, generator=generator).argsort(dim=-1)
    return counts.gather(-1, order.to(counts.device))
