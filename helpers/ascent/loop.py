"""Gradient ascent on the input of a network: which input makes an output large?

    ascend(probability(network, target), starts, step=sgd_step(10), until=0.999, max_steps=2_000)

The objective gives every input of a batch one value that depends on that input alone, so a batch of any shape climbs
at once: starts of one unit, or of many units.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int, Num
from torch import Tensor
from tqdm import tqdm

from helpers.ascent.errors import AscentError
from helpers.ascent.objectives import Objective
from helpers.ascent.steps import State, StepRule
from helpers.ascent.transforms import Transform
from helpers.errors import first_line


class Ascent(NamedTuple):
    """Where an ascent ended; the axes of ``value`` are the leading axes of ``x``."""

    x: Float[Tensor, "*batch_input"]
    value: Float[Tensor, "*batch"]  # the objective of ``x``, without transform or penalty
    steps: Int[Tensor, "*batch"]  # taken by each input
    reached: Bool[Tensor, "*batch"]  # whether ``value`` is above ``until``
    history: Float[Tensor, "*batch step"]  # the objective before each step, of the transformed input


def ascend(
    objective: Objective,
    start: Num[Tensor, "*batch_input"],
    *,
    step: StepRule,
    max_steps: int,
    until: float = math.inf,
    transform: Transform | None = None,
    penalty: Objective | None = None,
    progress_name: str = "",
) -> Ascent:
    """Climb from ``start`` until every input's value is above ``until``, or for ``max_steps`` steps.

    An input whose value is above ``until`` stays where it is. The objective sees the transformed input; the penalty
    sees the input itself, and is taken off the objective only where the gradient is made: values, ``until`` and the
    history are of the objective alone. Where all inputs reach ``until`` early, the history ends with the values that
    did. Nothing but the input gets a gradient. It also climbs within ``torch.no_grad`` and ``torch.inference_mode``.

    Raises AscentError for a number of steps below 1, for a start that is empty or not of finite floating-point numbers,
    for an objective that has no gradient, and, naming the step, for a value or an input that is not finite.
    """
    if max_steps < 1:
        raise AscentError(f"max_steps = {max_steps} must be at least 1")
    _require_start(start)
    with torch.inference_mode(False):
        x = start.detach().clone()
        state: State = ()
        steps = torch.zeros((), dtype=torch.long, device=x.device)
        history = []
        for number in tqdm(range(max_steps), desc=progress_name, unit="step", disable=None):
            with torch.enable_grad():
                x.requires_grad_()
                value = objective(x if transform is None else transform(x, number))
                _require_finite("a value", value, number)
                history.append(value.detach())
                climbing = value <= until
                steps = steps + climbing
                if not climbing.any():
                    break
                gradient = _gradient(value if penalty is None else value - penalty(x), x)
            x = x.detach()
            moved, state = step(x, gradient, state)
            x = torch.where(climbing.reshape(*climbing.shape, *[1] * (x.dim() - climbing.dim())), moved, x)
            _require_finite("a number of an input", x, number + 1)
        x = x.detach()
        with torch.no_grad():
            value = objective(x)
        _require_finite("a value", value, int(steps.max()))
        return Ascent(x, value, steps, value > until, torch.stack(history, dim=-1))


def _require_start(start: Tensor) -> None:
    if not start.is_floating_point():
        raise AscentError(f"the start is of {start.dtype}; an ascent needs floating-point numbers, as of start.float()")
    if not start.numel():
        raise AscentError(f"the start, of shape {tuple(start.shape)}, is empty; give one input at least")
    if not start.isfinite().all():
        raise AscentError("the start holds a number that is not finite")


def _gradient(climbed: Tensor, x: Tensor) -> Tensor:
    try:
        (gradient,) = torch.autograd.grad(climbed.sum(), x)
    except RuntimeError as error:
        raise AscentError(f"the objective has no gradient with respect to the input ({first_line(error)})") from error
    return gradient


def _require_finite(what: str, numbers: Tensor, step: int) -> None:
    if not numbers.isfinite().all():
        worst = numbers[~numbers.isfinite()][0].item()
        half = numbers.dtype in (torch.float16, torch.bfloat16)
        precision = ", or a network and starts in single precision (float())" if half else ""
        raise AscentError(
            f"gradient ascent left the finite numbers: {what} is {worst} at step {step}; take a smaller rate{precision}"
        )
