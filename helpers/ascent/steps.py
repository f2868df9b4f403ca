"""Step rules of an ascent: from an input and its gradient to the next input.

    x, state = rule(x, gradient, state)

A rule is a pure function. What it remembers from step to step is its state, which is empty before the first step; so
one rule serves many ascents.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

State = tuple[Any, ...]
StepRule = Callable[[Tensor, Tensor, State], tuple[Tensor, State]]


def sgd_step(rate: float, *, fused: bool = False) -> StepRule:
    """The gradient times ``rate`` (jump detection, chapter 5: 10; probing, eq. 10).

    ``fused`` multiplies and adds with one rounding where the processor can, as torch.optim.SGD does; without it the
    product is rounded first. The two differ in the last digit. Raises ValueError for a rate that is not positive.
    """
    _require_positive("rate", rate)
    if fused:
        return lambda x, gradient, state: (torch.add(x, gradient, alpha=rate), state)
    return lambda x, gradient, state: (x + rate * gradient, state)


def normalised_step(length: float) -> StepRule:
    """Steps of one Euclidean length, whatever the size of the gradient; the last axis is the input.

    Raises ValueError for a length that is not positive.
    """
    _require_positive("length", length)
    return lambda x, gradient, state: (x + length * nn.functional.normalize(gradient, dim=-1), state)


class AdamState(NamedTuple):
    """What Adam remembers: running means of the gradient and of its square, and the number of steps."""

    mean: Tensor
    square: Tensor
    steps: int


def adam(rate: float, *, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8) -> StepRule:
    """Adam (Kingma and Ba, 2015, algorithm 1), uphill: the numbers of torch.optim.Adam with ``maximize=True``.

    Raises ValueError for a rate that is not positive.
    """
    _require_positive("rate", rate)
    keep_mean, keep_square = betas

    def step(x: Tensor, gradient: Tensor, state: State) -> tuple[Tensor, AdamState]:
        mean, square, steps = state or (torch.zeros_like(x), torch.zeros_like(x), 0)
        steps += 1
        mean = mean.lerp(gradient, 1 - keep_mean)
        square = (keep_square * square).addcmul(gradient, gradient, value=1 - keep_square)
        size = (square.sqrt() / (1 - keep_square**steps) ** 0.5).add(eps)
        return x + rate / (1 - keep_mean**steps) * mean / size, AdamState(mean, square, steps)

    return step


def _require_positive(name: str, number: float) -> None:
    if not number > 0:
        raise ValueError(f"{name} = {number} must be positive")
