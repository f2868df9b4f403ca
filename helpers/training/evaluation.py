"""How well the networks of a stack answer: loss and error on a data set, without training."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from helpers.models.stacks.labelled_stack import LabelledStack
from helpers.models.stacks.logits import LogitSummary, summarise_

# Signals in one forward pass of an evaluation: few enough for the processor's cache, and as many however many seeds
# there are, since sums are rounded by it.
_CHUNK = 256

Logits = Callable[[Tensor], Tensor]  # from x [seed, signal, ...] to logits [seed, signal, class]


class Evaluation(NamedTuple):
    """How networks do on a data set."""

    loss: Float[Tensor, " seed"]  # mean cross-entropy in nats
    error: Float[Tensor, " seed"]  # share of wrongly classified signals

    @classmethod
    def of(cls, answers: LogitSummary) -> "Evaluation":
        """The means over all signals."""
        return cls(answers.loss.double().mean(1), answers.wrong.double().mean(1))


@torch.no_grad()
def evaluate(networks: Logits, signals: LabelledStack) -> Evaluation:
    """Mean cross-entropy and share of wrong answers of each network on its own signals; trains nothing."""
    return Evaluation.of(LogitSummary.together(list(_answers(networks, signals))))


@torch.no_grad()
def makes_no_mistake(networks: Logits, signals: LabelledStack) -> Bool[Tensor, " seed"]:
    """Whether each network classifies all its signals rightly; ends as soon as every network has made a mistake."""
    flawless = torch.ones(len(signals.label), dtype=torch.bool)
    for answers in _answers(networks, signals):
        flawless &= ~answers.wrong.any(1).cpu()
        if not flawless.any():
            break
    return flawless


def _answers(networks: Logits, signals: LabelledStack) -> Iterator[LogitSummary]:
    """The networks' answers, some signals at a time."""
    for x, label in zip(*(part.split(_CHUNK, dim=1) for part in signals), strict=True):
        yield summarise_(networks(x).mT.contiguous(), label)
