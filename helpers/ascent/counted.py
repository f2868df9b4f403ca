"""Random whole numbers by counters: what is drawn for (seed, purpose, counters) hangs on nothing else.

A generator gives its numbers one after the other, so that they change with the order and the number of those who draw.
Here a hash of the counters is the number: all images of a batch draw at once, and each draws the same in any batch.
"""

from __future__ import annotations

import hashlib

import torch
from jaxtyping import Int
from torch import Tensor

# Constants of SplitMix64 (G. Steele, D. Lea and C. Flood, OOPSLA 2014), as signed numbers.
_STEP = 0x9E3779B97F4A7C15 - (1 << 64)
_FIRST = 0xBF58476D1CE4E5B9 - (1 << 64)
_SECOND = 0x94D049BB133111EB - (1 << 64)


def stream(seed: int, purpose: str) -> int:
    """A whole number for a seed and a purpose, from which :func:`integers` draws; unrelated to that of any other."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{purpose}".encode()).digest()[:8], "big", signed=True)


def integers(first: Int[Tensor, " item"], *counters: Int[Tensor, " item"] | int, below: int) -> Int[Tensor, " item"]:
    """A whole number from 0 to ``below`` - 1 for each item, by its stream and its counters alone.

    first: the stream of each item (:func:`stream`).
    counters: whole numbers of an item, or one for all; their order matters.
    """
    state = _mixed(first)
    for counter in counters:
        state = _mixed(state + _STEP * (torch.as_tensor(counter, device=first.device) + 1))
    return _shifted(state, 33) % below  # 31 bits: the remainder favours no small number by more than below / 2^31


def _mixed(x: Tensor) -> Tensor:
    """SplitMix64's finaliser; products of 64-bit numbers wrap around."""
    x = (x ^ _shifted(x, 30)) * _FIRST
    x = (x ^ _shifted(x, 27)) * _SECOND
    return x ^ _shifted(x, 31)


def _shifted(x: Tensor, bits: int) -> Tensor:
    """To the right, with zeros from the left."""
    return (x >> bits) & ((1 << (64 - bits)) - 1)
