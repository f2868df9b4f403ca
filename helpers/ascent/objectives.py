"""Objectives of an ascent: functions that give every input of a batch one value, which depends on that input alone.

Classes of stacked networks, and penalties, which are objectives to be taken off. ``activation`` has units of a layer.
"""

from __future__ import annotations

from collections.abc import Callable

from jaxtyping import Int
from torch import Tensor

from helpers.ascent.errors import require_not_negative

Objective = Callable[[Tensor], Tensor]


def log_probability(network: Callable[[Tensor], Tensor], target: Int[Tensor, "*#batch"]) -> Objective:
    """The log-probability that networks with softmax give each input's class of ``target``."""

    def value(x: Tensor) -> Tensor:
        log_p = network(x).log_softmax(-1)
        return log_p.gather(-1, target.expand(log_p.shape[:-1]).unsqueeze(-1)).squeeze(-1)

    return value


def probability(network: Callable[[Tensor], Tensor], target: Int[Tensor, "*#batch"]) -> Objective:
    """The output of the unit of each input's class of ``target``, after softmax (jump detection: a_i(x))."""
    value = log_probability(network, target)
    return lambda x: value(x).exp()


def total_variation(weight: float) -> Objective:
    """``weight`` times the sum of absolute differences of neighbouring pixels; the last three axes are the image.

    Raises AscentError for a weight that is negative or not finite.
    """
    require_not_negative("variation", weight)

    def value(x: Tensor) -> Tensor:
        return weight * (x.diff(dim=-1).abs().sum((-3, -2, -1)) + x.diff(dim=-2).abs().sum((-3, -2, -1)))

    return value


def decay(weight: float) -> Objective:
    """``weight`` times half the squared length of each image; the last three axes are the image.

    Raises AscentError for a weight that is negative or not finite.
    """
    require_not_negative("decay", weight)
    return lambda x: weight / 2 * x.square().sum((-3, -2, -1))


def sum_of(first: Objective, *others: Objective) -> Objective:
    """The sum of objectives."""

    def value(x: Tensor) -> Tensor:
        total = first(x)
        for objective in others:
            total = total + objective(x)
        return total

    return value
