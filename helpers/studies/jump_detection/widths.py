"""Perceptrons of different widths in one stack: narrow layers are padded with units that have no effect.

A unit whose weights are all 0 has the output 0 and gets no gradient. Plain gradient descent therefore does not change
it, and the padded network learns the same as the narrow one.
"""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from helpers.models.stacks.perceptron import Perceptrons


def pack_widths(stacks: Sequence[Perceptrons], *, at_least: Sequence[int] = ()) -> Perceptrons:
    """The networks of all stacks in one stack, in which each layer is as wide as the widest.

    stacks: the stacks, which may differ in the widths of hidden layers only.
    at_least: the smallest widths of the layers, inputs and classes included. The rounding of sums depends on these
    widths: a network is the same, bit for bit, in any stack whose layers have the same widths.

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
    """Copy the networks of :func:`pack_widths` back into their original stacks."""
    with torch.no_grad():
        for part, parameter in _matching(whole, stacks):
            parameter.copy_(part)


def _matching(whole: Perceptrons, stacks: Sequence[Perceptrons]) -> Iterator[tuple[Tensor, Tensor]]:
    """Every parameter of every stack, each after the part of the whole stack's parameter that corresponds to it."""
    first = 0
    for stack in stacks:
        seeds = slice(first, first + len(stack.seeds))
        first = seeds.stop
        for padded, parameter in zip(whole.parameters(), stack.parameters(), strict=True):
            yield padded[seeds][tuple(slice(size) for size in parameter.shape)], parameter
