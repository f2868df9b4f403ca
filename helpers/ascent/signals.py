"""Gradient ascent on the input of a network: what input makes an output large? (jump detection study, chapter 5)

    ascend(objective, start, step=plain(10), until=0.999, max_steps=2_000)

``objective`` gives every input of a batch one value that depends on that input alone, so a batch of any shape climbs
at once. ``step`` turns gradients into changes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from tqdm import tqdm

from helpers.randomness import generator

Objective = Callable[[Tensor], Tensor]
StepRule = Callable[[Tensor], Tensor]


class Ascent(NamedTuple):
    """Where an ascent ended; the axes of ``value`` are the leading axes of ``x``."""

    x: Float[Tensor, "*batch_input"]
    value: Float[Tensor, "*batch"]  # of the objective
    steps: Int[Tensor, "*batch"]  # taken by each input
    reached: Bool[Tensor, "*batch"]  # whether its value is above ``until``


def ascend(
    objective: Objective,
    start: Float[Tensor, "*batch_input"],
    *,
    step: StepRule,
    until: float,
    max_steps: int,
    progress_name: str = "",
) -> Ascent:
    """Climb from ``start`` until every input's value is above ``until``, or for ``max_steps`` steps.

    An input that has reached the level stays where it is. Raises ValueError for a number of steps below 1, and,
    naming the step, for a value that is not finite.
    """
    if max_steps < 1:
        raise ValueError(f"max_steps = {max_steps} must be at least 1")
    x = start.detach().clone()
    steps: Tensor | int = 0
    with torch.enable_grad(), tqdm(total=max_steps, desc=progress_name, unit="step", disable=None) as bar:
        for number in range(max_steps + 1):
            value = objective(x.requires_grad_())
            if not value.isfinite().all():
                raise ValueError(
                    f"gradient ascent left the finite numbers: a value is {_worst(value)} at step {number}"
                )
            climbing = value <= until
            if number == max_steps or not climbing.any():
                break
            (gradient,) = torch.autograd.grad(value.sum(), x)
            steps = steps + climbing.long()
            inner = climbing.reshape(*climbing.shape, *[1] * (x.dim() - climbing.dim()))
            x = x.detach() + torch.where(inner, step(gradient), 0)
            bar.update()
    return Ascent(x.detach(), value.detach(), steps + torch.zeros_like(climbing, dtype=torch.long), ~climbing)


def sgd_step(rate: float) -> StepRule:
    """The study's rule: the gradient times a learning rate (chapter 5: 10)."""
    return lambda gradient: rate * gradient


def normalised_step(length: float) -> StepRule:
    """Steps of one Euclidean length, whatever the size of the gradient; the last axis is the input."""
    return lambda gradient: length * nn.functional.normalize(gradient, dim=-1)


def log_probability(network: Callable[[Tensor], Tensor], target: Int[Tensor, "*#batch"]) -> Objective:
    """The log-probability that networks with softmax give each input's class of ``target``."""

    def value(x: Tensor) -> Tensor:
        log_p = network(x).log_softmax(-1)
        return log_p.gather(-1, target.expand(log_p.shape[:-1]).unsqueeze(-1)).squeeze(-1)

    return value


def probability(network: Callable[[Tensor], Tensor], target: Int[Tensor, "*#batch"]) -> Objective:
    """The output of the unit of each input's class of ``target``, after softmax: the study's a_i(x)."""
    value = log_probability(network, target)
    return lambda x: value(x).exp()


def uniform_starts(
    count: int, length: int, *, reach: float, seeds: Sequence[int], device: torch.device | str = "cpu"
) -> Float[Tensor, "seed start input"]:
    """``count`` random inputs per seed, every element uniform in ±``reach`` (chapter 5: 0.05)."""
    starts = [torch.empty(count, length).uniform_(-reach, reach, generator=generator(s, "ascent")) for s in seeds]
    return torch.stack(starts).to(device)


def _worst(value: Tensor) -> float:
    return value[~value.isfinite()][0].item()
