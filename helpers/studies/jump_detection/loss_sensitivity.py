"""How much single signals matter to a network: loss sensitivity and changed answers (Arpit et al. 2017).

The jump detection study names these measures as future work (section 7.3).
"""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from helpers.models.stacks.labelled_stack import LabelledStack


def loss_sensitivity(networks: Any, signals: LabelledStack) -> Float[Tensor, "seed signal"]:
    """The mean absolute derivative of each signal's loss with respect to its points, in nats per unit of the signal.

    networks: a stack of networks; called with (seed, signal, time) it gives logits.
    signals: the signals, with the labels by which the loss is taken.
    """
    return _gradient(networks, signals).abs().mean(dim=-1)


def gini(values: Float[Tensor, "seed signal"]) -> Float[Tensor, " seed"]:
    """The Gini coefficient of numbers that are not negative: 0 if all are equal, near 1 if few have nearly everything.

    It is the mean absolute difference of two of the numbers, over twice their mean.
    """
    ordered = values.double().sort(dim=1).values
    count = ordered.shape[1]
    rank = torch.arange(1, count + 1, device=values.device, dtype=torch.float64)
    return ((2 * rank - count - 1) * ordered).sum(dim=1) / (count * ordered.sum(dim=1))


def changed_answers(networks: Any, signals: LabelledStack, *, step: float) -> Float[Tensor, " seed"]:
    """Share of the signals whose answer changes when each of their points moves by a step that raises the loss.

    networks, signals: as for :func:`loss_sensitivity`.
    step: how far each point moves, in units of the signal.

    It tells how many signals have a decision boundary nearby.
    """
    moved = signals.x + step * _gradient(networks, signals).sign()
    with torch.no_grad():
        return (networks(moved).argmax(-1) != networks(signals.x).argmax(-1)).double().mean(dim=1)


def _gradient(networks: Any, signals: LabelledStack) -> Float[Tensor, "seed signal time"]:
    x = signals.x.detach().clone().requires_grad_()
    loss = functional.cross_entropy(networks(x).flatten(0, 1), signals.label.flatten(), reduction="sum")
    return torch.autograd.grad(loss, x)[0]
