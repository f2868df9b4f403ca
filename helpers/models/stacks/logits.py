"""What follows from the logits of a batch: each signal's loss, whether it is classified wrongly, and the gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


class LogitSummary(NamedTuple):
    """The numbers of a batch from which losses and errors can be computed later."""

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
        """The summaries of several batches, joined along the signals."""
        return cls(*(torch.cat(parts, dim=1) for parts in zip(*batches, strict=True)))


def summarise_(logits: Float[Tensor, "seed class signal"], label: Int[Tensor, "seed signal"]) -> LogitSummary:
    """The summary of logits. Afterwards ``logits`` holds exp(logit - highest).

    The class axis stands before the signal axis, since reductions over classes are several times faster along a middle
    axis.
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
    """The summary of logits. Afterwards ``logits`` holds the gradient of the summed loss with respect to them.

    logits: of one batch per seed; they are overwritten. The gradient is the probability minus the one-hot label.
    label: the class of each signal, counted from 0.
    minus_one: a tensor filled with -1, made once for all batches.
    """
    answers = summarise_(logits, label)
    logits.mul_(answers.total.reciprocal().unsqueeze(1)).scatter_add_(1, label.unsqueeze(1), minus_one)
    return answers
