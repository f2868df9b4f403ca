"""Probabilities by simulation: the share of very many random trials that succeed."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Bool
from torch import Tensor

from helpers.statistics.intervals import Interval, proportion_interval


class Count(NamedTuple):
    """The number of successes among trials."""

    successes: int
    trials: int

    @property
    def interval(self) -> Interval:
        """The probability with its 95% Wilson interval."""
        return proportion_interval(self.successes, self.trials)


def estimate_probability(
    trial: Callable[[int, torch.Generator], Bool[Tensor, " trial"]],
    *,
    most: int,
    enough: int,
    batch: int,
    random: torch.Generator,
) -> Count:
    """Run trials in batches until there are ``enough`` successes or ``most`` trials.

    trial: takes a number of trials and a generator, and returns for each trial whether it succeeded. It may return
    fewer results than that number.
    most: the largest number of trials.
    enough: the number of successes at which the simulation ends. This makes the estimate too large by about a share of
    1 / ``enough``.
    batch: the number of trials in a batch.
    random: the generator that trials draw from.

    Raises ValueError for a number below 1.
    """
    for name, value in (("most", most), ("enough", enough), ("batch", batch)):
        if value < 1:
            raise ValueError(f"{name} = {value} must be at least 1")
    successes = trials = asked = 0
    while asked < most and successes < enough:
        size = min(batch, most - asked)
        result = trial(size, random)
        asked += size
        trials += len(result)
        successes += int(result.sum())
    return Count(successes, trials)
