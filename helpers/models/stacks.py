"""What networks that are kept side by side, one per seed, have in common: their selection and their loss."""

import copy
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

Stack = TypeVar("Stack", bound=nn.Module)


class Step(NamedTuple):
    """What one training step saw, before its update."""

    loss: Float[Tensor, " seed"]  # mean cross-entropy of the batch in nats
    wrong: Int[Tensor, " seed"]  # how many signals of the batch were classified wrongly


def loss_and_delta(
    logits: Float[Tensor, "seed class signal"],
    label: Int[Tensor, "seed signal"],
    *,
    delta: Float[Tensor, "seed class signal"],
    minus_one: Float[Tensor, "seed 1 signal"],
) -> Step:
    """Loss and wrong answers of a batch; ``delta`` is filled with the gradient of the summed loss for the logits.

    That gradient is probability minus one-hot label. Classes stand before signals, since reductions over classes
    are several times faster along a middle axis. ``minus_one`` holds what its name says.
    """
    log_probability = torch.log_softmax(logits, 1, out=delta)
    index = label.unsqueeze(1)  # (seed, 1, signal)
    at_label = log_probability.gather(1, index)
    step = Step(
        loss=at_label.mean((1, 2)).neg_(),
        wrong=(at_label < log_probability.amax(1, keepdim=True)).sum((1, 2)),
    )
    log_probability.exp_().scatter_add_(1, index, minus_one)
    return step


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
