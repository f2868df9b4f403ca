"""Some of the networks of a stack."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, TypeVar

from torch import nn

Stack = TypeVar("Stack", bound=nn.Module)


def select(stack: Stack, which: slice | Sequence[int]) -> Stack:
    """The networks at these places of a stack: a slice shares their memory, a list copies them.

    The stack keeps its seeds in ``seeds``.
    """
    seeds: Any = stack.seeds
    places = range(len(seeds))[which] if isinstance(which, slice) else which
    index = which if isinstance(which, slice) else list(which)
    chosen: dict[int, Any] = {
        id(whole): nn.Parameter(whole.data[index], requires_grad=whole.requires_grad) for whole in stack.parameters()
    }
    networks: Any = copy.deepcopy(stack, chosen)  # everything but the parameters, for which the chosen rows stand
    networks.seeds = tuple(seeds[place] for place in places)
    return networks
