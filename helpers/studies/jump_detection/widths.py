"""Perceptrons of different widths in one stack: the narrower ones are padded with units that do nothing.

A unit whose weights are all 0 gives out 0, and so gets no gradient: plain gradient descent leaves it as it is, and
the padded network learns what the narrow one would.
"""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from helpers.models.stacks.perceptron import Perceptrons


def pack_widths(stacks: Sequence[Perceptrons], *, at_least: Sequence[int] = ()) -> Perceptrons:
    """The networks of all stacks in one, each layer as wide as its widest.

    at_least: the widths of the layers, inputs and classes included, if they are to be wider than that. Sums are rounded
    by the widths of the layers: in layers of one width a network comes to the same, bit for bit, beside any others.

    Raises ValueError for stacks that differ in inputs, classes or depth.
    """
    shapes = {(len(stack.sizes), stack.sizes[0], stack.sizes[-1]) for stack in stacks}
    if len(shapes) != 1:
        raise ValueError(f"the stacks have {len(shapes)} kinds of depth, inputs and classes; all must be of one kind")
    sizes = [max(units) for units in zip(*(stack.sizes for stack in stacks), at_least or stacks[0].sizes, strict=True)]
    device = next(stacks[0].parameters()).device
    whole = Perceptrons(sizes, seeds=[seed for stack in stacks for seed in stack.seeds], device=device)
    with torch.no_grad():
        for padded in whole.parameters():
            padded.zero_()
        for part, parameter in _matching(whole, stacks):
            part.copy_(parameter)
    return whole


def unpack_widths(whole: Perceptrons, stacks: Sequence[Perceptrons]) -> None:
    """Copy the networks of :func:`pack_widths` back into the stacks they came from."""
    with torch.no_grad():
        for part, parameter in _matching(whole, stacks):
            parameter.copy_(part)


def _matching(whole: Perceptrons, stacks: Sequence[Perceptrons]) -> Iterator[tuple[Tensor, Tensor]]:
    """Every parameter of every stack, and before it the part of the whole's parameter that stands for it."""
    first = 0
    for stack in stacks:
        seeds = slice(first, first + len(stack.seeds))
        first = seeds.stop
        for padded, parameter in zip(whole.parameters(), stack.parameters(), strict=True):
            yield padded[seeds][tuple(slice(size) for size in parameter.shape)], parameter
