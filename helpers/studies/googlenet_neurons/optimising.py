"""What the stages make of optimised images: units of a block, a sample, climbed to their maximum and minimum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor, nn

from helpers.ascent.many_units import maximise
from helpers.ascent.unit_jobs import Setting, jobs_of
from helpers.hooks.reducers.interrupted_passes import interrupted
from helpers.models.initialisation import randomised
from helpers.models.pretrained import load
from helpers.randomness import generator
from helpers.studies.googlenet_neurons.subject import Block

DIRECTIONS = (1, -1)


@dataclass(frozen=True, kw_only=True)
class Optimised:
    """The optimised images of some units of a block; direction 0 is the maximum, 1 the minimum.

    unit: numbers of the units in the block, ascending.
    image: red, green and blue from 0 to 255, after each number of steps that is kept, the last being the end.
    score: what the image climbs on (by default the mean of the unit's map), before the ReLU, of the image as it is
    kept, without transforms; ``first`` of the start.
    peak: the unit's largest response to the image over all positions, before the ReLU; for the minimum the smallest.
    history: what the image climbs on before each step, of its transformed view.
    restarts: how often starts were begun anew, because the image did not climb; ``dead`` where none ever did.
    """

    unit: Int[Tensor, " unit"]
    image: UInt8[Tensor, "unit direction start 3 row column"]
    score: Float[Tensor, "unit direction start"]
    peak: Float[Tensor, "unit direction start"]
    first: Float[Tensor, "unit direction start"]
    history: Float[Tensor, "unit direction start step"]
    restarts: Int[Tensor, "unit direction"]
    dead: Bool[Tensor, "unit direction"]
    look_image: UInt8[Tensor, "unit direction start look 3 row column"]
    look_score: Float[Tensor, "unit direction start look"]


@dataclass(frozen=True, kw_only=True)
class ImagesOfUnits:
    """How the optimised images of a block's units are made.

    key: names the artefact.
    weights: a digest of the network's weights, so that others are another artefact.
    layers: the convolution of each branch that has units here, and these units' numbers in it; ``first`` is what is
    added to such a number to give that in the block.
    directions: 1 for the maximum, -1 for the minimum.
    draw: the seed of random weights; without one, the network is as trained.
    batch: at most so many images at once; None for what suits the device.
    """

    history: ClassVar[type] = Optimised
    key: str
    model: str
    weights: str
    layers: tuple[tuple[str, tuple[int, ...]], ...]
    first: tuple[int, ...]
    setting: Setting
    seed: int
    starts: int = 1
    directions: tuple[int, ...] = DIRECTIONS
    draw: int | None = None
    batch: int | None = None

    def describe(self) -> dict[str, Any]:
        plain = {name: value for name, value in vars(self).items() if name not in ("layers", "first", "setting")}
        plain["directions"] = list(self.directions)
        units = {layer: list(units) for layer, units in self.layers}
        return {"kind": type(self).__name__, **plain, "units": units, "setting": self.setting.described()}

    def build(self, *, seeds: Sequence[int], device: torch.device) -> nn.Module:
        """Nothing: the artefact is all tensors of the history."""
        return nn.Module()

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[nn.Module, Optimised]:
        """Climb, or go on where it was interrupted."""
        loaded = load(self.model)
        network = loaded.network if self.draw is None else randomised(loaded.network, seed=self.draw)
        jobs = jobs_of(dict(self.layers), directions=self.directions, starts=self.starts)
        with interrupted(self.describe()) as path:
            found = maximise(
                network,
                loaded.preprocessing,
                jobs,
                self.setting,
                seed=self.seed,
                device=device,
                batch=self.batch,
                path=path,
                progress_name=self.key,
            )
        numbers = [first + unit for first, (_, units) in zip(self.first, self.layers, strict=True) for unit in units]
        shape = (len(numbers), len(self.directions), self.starts)
        image = found.image.unflatten(0, shape)
        return self.build(seeds=seeds, device=device), Optimised(
            unit=torch.tensor(numbers),
            image=image[:, :, :, -1].contiguous(),
            score=found.score[:, -1].reshape(shape),
            peak=found.peak[:, -1].reshape(shape),
            first=found.first.reshape(shape),
            history=found.history.unflatten(0, shape),
            restarts=found.restarts.reshape(shape).sum(2),
            dead=found.dead.reshape(shape).all(2),
            look_image=image[:, :, :, :-1].contiguous(),
            look_score=found.score[:, :-1].unflatten(0, shape),
        )


def firsts_in_block(block: Block) -> dict[str, int]:
    """Where the units of each branch begin in the block, by convolution."""
    return {branch.convolution: branch.first for branch in block.branches}


def sample(block: Block, count: int, *, least: int, seed: int) -> dict[str, tuple[int, ...]]:
    """Units of each branch of a block, by its convolution, drawn by the seed; their numbers in the branch, ascending.

    count: units in all, spread over the branches in proportion to their units.
    least: at least so many of each branch whose kernels have three rows and columns or more.

    Of a branch with fewer units all are taken.
    """
    chosen = {}
    for branch in block.branches:
        share = round(count * branch.units / block.units)
        wanted = min(branch.units, max(share, least if min(branch.size) >= 3 else 1))
        random = generator(seed, f"sample of {branch.layer}")
        chosen[branch.convolution] = tuple(
            torch.randperm(branch.units, generator=random)[:wanted].sort().values.tolist()
        )
    return chosen


def runs_in_half(device: torch.device) -> bool:
    """Whether bfloat16 is faster than float32 here: on GPUs that have it, and processors with instructions for it."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type == "cpu" and torch.cpu._is_amx_tile_supported()


def recipe(key: str, units: Mapping[str, tuple[int, ...]], first: Mapping[str, int], **other: Any) -> ImagesOfUnits:
    """The recipe for these units, by convolution (:func:`sample`), to whose numbers ``first`` is added.

    other: what else :class:`ImagesOfUnits` takes.
    """
    return ImagesOfUnits(key=key, layers=tuple(units.items()), first=tuple(first[name] for name in units), **other)
