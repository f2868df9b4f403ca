"""What the logits of a batch come to: each signal's loss, whether it is classified wrongly, and the gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


class LogitSummary(NamedTuple):
    """How networks answered the signals of a batch: what loss and mistakes follow from, whenever they are asked for."""

    right: Float[Tensor, "seed signal"]  # the logit of the right class
    highest: Float[Tensor, "seed signal"]  # the highest logit
    total: Float[Tensor, "seed signal"]  # sum over the classes of exp(logit - highest)

    @property
    def loss(self) -> Float[Tensor, "seed signal"]:
        """The cross-entropy of each signal in nats."""
        return self.highest - self.right + self.total.log()

    @property
    def wrong(self) -> Bool[Tensor, "seed signal"]:
        """Which signals were classified wrongly."""
        return self.right < self.highest

    @classmethod
    def together(cls, batches: Sequence[LogitSummary]) -> LogitSummary:
        """The answers to several batches, one after the other."""
        return cls(*(torch.cat(parts, dim=1) for parts in zip(*batches, strict=True)))


def summarise_(logits: Float[Tensor, "seed class signal"], label: Int[Tensor, "seed signal"]) -> LogitSummary:
    """The answers; what is left in ``logits`` is exp(logit - highest).

    Classes stand before signals, since reductions over classes are several times faster along a middle axis.
    """
    highest = logits.amax(1, keepdim=True)
    right = logits.gather(1, label.unsqueeze(1))
    total = logits.sub_(highest).exp_().sum(1, keepdim=True)
    return LogitSummary(*(value.squeeze(1) for value in (right, highest, total)))


def summarise_and_gradient_(
    logits: Float[Tensor, "seed class signal"],
    label: Int[Tensor, "seed signal"],
    *,
    minus_one: Float[Tensor, "seed 1 signal"],
) -> LogitSummary:
    """The answers; what is left in ``logits`` is the gradient of the summed loss for them.

    That gradient is probability minus one-hot label. ``minus_one`` holds what its name says.
    """
    answers = summarise_(logits, label)
    logits.mul_(answers.total.reciprocal().unsqueeze(1)).scatter_add_(1, label.unsqueeze(1), minus_one)
    return answers
