"""Step rules of an ascent: from an input and its gradient to the next input.

    x, state = rule(x, gradient, state)

A rule is a pure function. What it remembers from step to step is its state, which is empty before the first step; so
one rule serves many ascents. Inputs in half precision stay in it; a rule that divides computes in single precision.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from helpers.ascent.errors import require_positive

State = tuple[Any, ...]
StepRule = Callable[[Tensor, Tensor, State], tuple[Tensor, State]]


def sgd_step(rate: float, *, fused: bool = False) -> StepRule:
    """The gradient times ``rate`` (jump detection, chapter 5: 10; probing, eq. 10).

    ``fused`` multiplies and adds with one rounding where the processor can, as torch.optim.SGD does; without it the
    product is rounded first. The two differ in the last digit.

    Raises AscentError for a rate that is not positive and finite.
    """
    require_positive("rate", rate)
    if fused:
        return lambda x, gradient, state: (torch.add(x, gradient, alpha=rate), state)
    return lambda x, gradient, state: (x + rate * gradient, state)


def normalised_step(length: float) -> StepRule:
    """Steps of one Euclidean length, whatever the size of the gradient; the last axis is the input.

    Raises AscentError for a length that is not positive and finite.
    """
    require_positive("length", length)

    def step(x: Tensor, gradient: Tensor, state: State) -> tuple[Tensor, State]:
        return (_wide(x) + length * nn.functional.normalize(_wide(gradient), dim=-1)).to(x.dtype), state

    return step


def within(rule: StepRule, low: Tensor, high: Tensor) -> StepRule:
    """A rule whose steps end inside a box: every value is cut to lie between ``low`` and ``high``.

    low, high: of the shape of the inputs, or one that is expanded to it, such as (channel, 1, 1). The start may lie
    outside.
    """

    def step(x: Tensor, gradient: Tensor, state: State) -> tuple[Tensor, State]:
        moved, state = rule(x, gradient, state)
        return moved.clamp(low.to(moved), high.to(moved)), state

    return step


class AdamState(NamedTuple):
    """What Adam remembers: running means of the gradient and of its square, and the number of steps."""

    mean: Tensor
    square: Tensor
    steps: int


def adam(rate: float, *, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8) -> StepRule:
    """Adam (Kingma and Ba, 2015, algorithm 1), uphill: the numbers of torch.optim.Adam with ``maximize=True``.

    Raises AscentError for a rate that is not positive and finite.
    """
    require_positive("rate", rate)
    keep_mean, keep_square = betas

    def step(x: Tensor, gradient: Tensor, state: State) -> tuple[Tensor, AdamState]:
        gradient = _wide(gradient)
        mean, square, steps = state or (torch.zeros_like(gradient), torch.zeros_like(gradient), 0)
        steps += 1
        mean = mean.lerp(gradient, 1 - keep_mean)
        square = (keep_square * square).addcmul(gradient, gradient, value=1 - keep_square)
        size = (square.sqrt() / (1 - keep_square**steps) ** 0.5).add(eps)
        moved = _wide(x) + rate / (1 - keep_mean**steps) * mean / size
        return moved.to(x.dtype), AdamState(mean, square, steps)

    return step


def _wide(x: Tensor) -> Tensor:
    """In single precision at least: in half, the squares of small gradients and Adam's ``eps`` are 0."""
    return x.to(torch.promote_types(x.dtype, torch.float32))
