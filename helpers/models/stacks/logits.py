"""What networks that are kept side by side, one per seed, have in common: their selection and their answers."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

Stack = TypeVar("Stack", bound=nn.Module)


class Answers(NamedTuple):
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
    def together(cls, batches: Sequence[Answers]) -> Answers:
        """The answers to several batches, one after the other."""
        return cls(*(torch.cat(parts, dim=1) for parts in zip(*batches, strict=True)))


def answer_(logits: Float[Tensor, "seed class signal"], label: Int[Tensor, "seed signal"]) -> Answers:
    """The answers; what is left in ``logits`` is exp(logit - highest).

    Classes stand before signals, since reductions over classes are several times faster along a middle axis.
    """
    highest = logits.amax(1, keepdim=True)
    right = logits.gather(1, label.unsqueeze(1))
    total = logits.sub_(highest).exp_().sum(1, keepdim=True)
    return Answers(*(value.squeeze(1) for value in (right, highest, total)))


def answer_and_gradient_(
    logits: Float[Tensor, "seed class signal"],
    label: Int[Tensor, "seed signal"],
    *,
    minus_one: Float[Tensor, "seed 1 signal"],
) -> Answers:
    """The answers; what is left in ``logits`` is the gradient of the summed loss for them.

    That gradient is probability minus one-hot label. ``minus_one`` holds what its name says.
    """
    answers = answer_(logits, label)
    logits.mul_(answers.total.reciprocal().unsqueeze(1)).scatter_add_(1, label.unsqueeze(1), minus_one)
    return answers


def select(stack: Stack, which: slice | Sequence[int]) -> Stack:
    """The networks at these places of a stack: a slice shares their memory, a list copies them.

    The stack keeps its seeds in ``seeds``, and its working memory in the dictionary ``_buffers_by_batch``.
    """
    seeds: Any = stack.seeds
    places = range(len(seeds))[which] if isinstance(which, slice) else which
    index = which if isinstance(which, slice) else list(which)
    chosen: dict[int, Any] = {
        id(whole): nn.Parameter(whole.data[index], requires_grad=whole.requires_grad) for whole in stack.parameters()
    }
    networks: Any = copy.deepcopy(stack, chosen)  # everything but the parameters, for which the chosen rows stand
    networks.seeds = tuple(seeds[place] for place in places)
    networks._buffers_by_batch = {}
    return networks
