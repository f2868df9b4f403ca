"""Select some of the networks of a stack."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, TypeVar

from torch import nn

Stack = TypeVar("Stack", bound=nn.Module)


def select(stack: Stack, which: slice | Sequence[int]) -> Stack:
    """The networks at these indices of a stack. A slice shares their memory; a list copies them.

    stack: a module that keeps its seeds in ``seeds`` and whose parameters have the seed axis first.
    which: the indices.
    """
    seeds: Any = stack.seeds
    places = range(len(seeds))[which] if isinstance(which, slice) else which
    index = which if isinstance(which, slice) else list(which)
    chosen: dict[int, Any] = {
        id(whole): nn.Parameter(whole.data[index], requires_grad=whole.requires_grad) for whole in stack.parameters()
    }
    networks: Any = copy.deepcopy(stack, chosen)  # the copy has the chosen rows as its parameters
    networks.seeds = tuple(seeds[place] for place in places)
    return networks
