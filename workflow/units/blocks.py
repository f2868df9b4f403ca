"""The blocks of Inception V1, whose branches are concatenated: the study counts the units of the whole."""

from __future__ import annotations

from collections.abc import Iterable

from helpers.models.googlenet import GoogLeNet
from helpers.models.pretrained import Pretrained
from helpers.studies.googlenet_neurons.subject import Block, blocks_of


def of(loaded: Pretrained) -> list[Block]:
    """The blocks of a network; none of any other than Inception V1."""
    return blocks_of(loaded) if isinstance(loaded.network, GoogLeNet) else []


def first_numbers(blocks: Iterable[Block]) -> dict[str, int]:
    """The number in its block of the first unit of each branch that is concatenated, by the layer's name."""
    return {branch.layer: branch.first for block in blocks for branch in block.branches}
