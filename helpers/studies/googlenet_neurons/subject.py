"""What the study's pages look at: a network, its blocks, and the convolutions in them, whose kernels the units have.

In Inception V1 a block is what the study calls a layer, ``mixed4b``, and has four branches that end in a convolution.
Any other network is taken apart likewise: each of its convolutions is a block of its own, with one branch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from helpers.data.images import AUTO
from helpers.errors import BadInput, nearest
from helpers.hooks.layer_table import layers
from helpers.models.googlenet import BLOCKS, GoogLeNet, in_identities
from helpers.models.initialisation import randomised
from helpers.models.pretrained import Pretrained, load
from helpers.models.pretrained.studied import is_inception_v1

STUDYS = "Inception V1 trained on ImageNet"
MISSING = "ImageNet's weights of Inception V1"  # for ``run.claim(..., missing=MISSING)``
_LISTED = 40  # names that a sentence lists
_BRANCHES = ("1x1", "3x3", "5x5", "pool_reduce")  # in the order of the concatenation


class SubjectError(BadInput):
    """A network, or a choice of its layers, in which the study's measures mean nothing."""


@dataclass(frozen=True, kw_only=True)
class Branch:
    """The units of one convolution.

    layer: the module whose output is the units' response: behind the ReLU in Inception V1, elsewhere the convolution.
    convolution: the module that owns the kernels and gives the response before the ReLU.
    size: rows and columns of a kernel.
    first: the number of its first unit among those of the block.
    """

    block: str
    name: str
    layer: str
    convolution: str
    size: tuple[int, int]
    first: int
    units: int

    @property
    def numbers(self) -> range:
        """The numbers of its units in the block."""
        return range(self.first, self.first + self.units)

    @property
    def title(self) -> str:
        """What figures call it: "mixed4b 3×3"; in other networks the convolution."""
        return f"{self.block} {self.name.replace('x', '×')}" if self.name in _BRANCHES else self.block


@dataclass(frozen=True, kw_only=True)
class Block:
    """A layer in the sense of the study: branches whose units are counted one after the other."""

    name: str
    branches: tuple[Branch, ...]

    @property
    def units(self) -> int:
        return sum(branch.units for branch in self.branches)


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A network and those of its blocks that are looked at, in the order in which they end.

    is_studys: whether it is Inception V1 as trained on ImageNet with all nine blocks, so that the study's sentences can
    be judged.
    """

    loaded: Pretrained
    blocks: tuple[Block, ...]
    is_studys: bool

    @property
    def branches(self) -> list[Branch]:
        return [branch for block in self.blocks for branch in block.branches]

    @property
    def units(self) -> int:
        return sum(block.units for block in self.blocks)

    @property
    def called(self) -> str:
        return STUDYS if self.is_studys else self.loaded.name

    @property
    def captioned(self) -> str:
        """The network for captions of figures."""
        return f"{self.called} ({self.loaded.weights.description})"

    def describe(self) -> str:
        """A sentence on what is looked at."""
        sets = {size: sum(b.units for b in self.branches if b.size == size) for size in self._sizes()}
        kinds = ", ".join(f"{count:,} of {rows}×{columns}" for (rows, columns), count in sets.items())
        return f"{self.called}: {len(self.blocks)} layers, {self.units:,} units, by the size of their kernels {kinds}."

    def _sizes(self) -> list[tuple[int, int]]:
        return sorted({branch.size for branch in self.branches})

    def kernel_sets(self, least: int = 3) -> list[Branch]:
        """The branches whose kernels have at least ``least`` rows and columns.

        Raises SubjectError where there is none.
        """
        found = [branch for branch in self.branches if min(branch.size) >= least]
        if not found:
            there = ", ".join(f"{rows}×{columns}" for rows, columns in self._sizes())
            raise SubjectError(
                f"{_named(self.blocks)} of {self.loaded.name} has kernels of {there}; "
                f"kernels of {least}×{least} or more are needed here: choose another layer."
            )
        return found

    def block(self, name: str) -> Block:
        """The block of this name; raises KeyError for another."""
        return {block.name: block for block in self.blocks}[name]

    def weights(self, branch: Branch) -> Float[Tensor, "unit channel row column"]:
        """The kernels of a branch, in float32 on the CPU."""
        return _weights(self.loaded.network.get_submodule(branch.convolution))

    def reduce_weights(self, branch: Branch) -> Float[Tensor, "reduced channel 1 1"] | None:
        """The kernels of the 1×1 convolution whose units a branch of Inception V1 reads; None where there is none."""
        name = f"{branch.layer}_bottleneck_pre_relu"
        known = dict(self.loaded.network.named_modules())
        return _weights(known[name]) if name in known else None

    def in_identities(self, branch: Branch) -> str:
        """How a branch stands in the identity of its units: ``mixed4b/5x5`` (see columns.identity)."""
        return in_identities(branch.layer) if isinstance(self.loaded.network, GoogLeNet) else branch.layer

    def places(self, branch: Branch) -> slice:
        """Where the units of a branch lie among those of all branches."""
        first = sum(other.units for other in self.branches[: self.branches.index(branch)])
        return slice(first, first + branch.units)

    def with_random_weights(self, draw: int) -> Subject:
        """The same network with Gaussian weights of the trained ones' mean and variance; another for each draw."""
        loaded = replace(self.loaded, network=randomised(self.loaded.network, seed=draw))
        return replace(self, loaded=loaded, is_studys=False)


def subject(values: Mapping[str, Any], device: torch.device | str = "cpu") -> Subject:
    """The network and the blocks of a page's parameters ``model`` and ``layer``.

    layer: "auto" for all blocks, or names of blocks or of branches, separated by commas.

    Raises BadInput for a network that cannot be had, and SubjectError for a layer that it does not have and for a
    network without convolutions.
    """
    loaded = load(values["model"], device=device)
    blocks = blocks_of(loaded)
    chosen = values["layer"].strip()
    if chosen != AUTO:
        blocks = _chosen(loaded.name, blocks, [name.strip() for name in chosen.split(",")])
    return Subject(loaded=loaded, blocks=tuple(blocks), is_studys=is_inception_v1(loaded) and chosen == AUTO)


def blocks_of(loaded: Pretrained) -> list[Block]:
    """The blocks of Inception V1, or one for each convolution of any other network, in the order in which they end."""
    if isinstance(loaded.network, GoogLeNet):
        return [_inception(loaded.network, name) for name in BLOCKS]
    size, modules = loaded.preprocessing.size, dict(loaded.network.named_modules())
    found = []
    for layer in layers(loaded.network, size):
        module = modules[layer.name]
        if isinstance(module, nn.Conv2d):
            branch = _branch(module, block=layer.name, name=layer.name, layer=layer.name, convolution=layer.name)
            found.append(Block(name=layer.name, branches=(branch,)))
    if not found:
        raise SubjectError(f"{loaded.name} has no convolution over images; kernels are what the study looks at.")
    return found


def _inception(network: nn.Module, block: str) -> Block:
    branches, first = [], 0
    for name in _BRANCHES:
        layer = f"{block}_{name}"
        convolution = f"{layer}_pre_relu"
        module = network.get_submodule(convolution)
        branches.append(_branch(module, block=block, name=name, layer=layer, convolution=convolution, first=first))
        first += branches[-1].units
    return Block(name=block, branches=tuple(branches))


def _branch(module: nn.Module, *, first: int = 0, **names: str) -> Branch:
    assert isinstance(module, nn.Conv2d)
    rows, columns = module.kernel_size
    return Branch(size=(rows, columns), first=first, units=module.out_channels, **names)


def _chosen(network: str, blocks: Sequence[Block], names: Sequence[str]) -> list[Block]:
    """Those blocks, or single branches of blocks, that are named."""
    known = [name for block in blocks for name in (block.name, *(branch.layer for branch in block.branches))]
    known = list(dict.fromkeys(known))
    for name in names:
        if name not in known:
            allowed = known if len(known) <= _LISTED else [block.name for block in blocks]
            hint = f"; {near}" if (near := nearest(name, known)) else ""
            raise SubjectError(
                f"{network} has no layer {name!r} of kernels{hint}; layer is auto, or names separated by commas of "
                f"{', '.join(allowed)}."
            )
    found = []
    for block in blocks:
        branches = [each for each in block.branches if block.name in names or each.layer in names]
        if branches:
            found.append(replace(block, branches=tuple(branches)))
    return found


def _weights(module: nn.Module) -> Float[Tensor, "unit channel row column"]:
    assert isinstance(module, nn.Conv2d)
    return module.weight.detach().float().cpu()


def _named(blocks: Sequence[Block]) -> str:
    names = [branch.layer for block in blocks for branch in block.branches]
    return ", ".join(names) if len(names) <= 8 else f"each of {len(names)} layers"
