"""The noise of the duality experiment, as section 4.1.2.3 may be read: where it enters, and how it is drawn.

The study replaces the zeros around the map that a branch's kernels read by noise "from the range of values that the
previous layer has on its outputs". Between that layer and the zeros stands the 1×1 reduce layer with its ReLU.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor, nn

from helpers.data.images import Images
from helpers.randomness import generator
from helpers.studies.googlenet_neurons.border_paddings import along_sides
from helpers.studies.googlenet_neurons.border_pass import GREYS, BorderResponses, convolutions
from helpers.studies.googlenet_neurons.border_sums import OfBranch
from helpers.studies.googlenet_neurons.subject import Branch, Subject

READINGS = {
    "range": "behind the reduce layer, from the range of the map there",
    "values": "behind the reduce layer, values of each channel there",
    "range-before": "behind the reduce layer, from the range of the layer before",
    "reduced-range": "before the reduce layer, from the range of the layer before",
    "reduced-values": "before the reduce layer, values of each channel there",
    "positions": "on either side, whole positions of the map",
}
_BATCH = 8  # images

Map = Float[Tensor, "_ row column"]
Ring = Float[Tensor, "_ position"]


def ring(
    reading: str, given: Map, before: Map, reduce: Callable[[Ring], Ring], count: int, random: torch.Generator
) -> Ring:
    """Noise for ``count`` positions around a map of one image.

    given: the map that is padded, behind the reduce layer. before: the map in front of it.
    reduce: the reduce layer with its ReLU. random: a generator on the CPU.
    """
    if reading == "range":
        return _uniform(given, len(given), count, random)
    if reading == "values":
        return _drawn(given, count, random)
    if reading == "range-before":
        return _uniform(before, len(given), count, random)
    if reading == "reduced-range":
        return reduce(_uniform(before, len(before), count, random))
    if reading == "reduced-values":
        return reduce(_drawn(before, count, random))
    places = torch.randint(given[0].numel(), (count,), generator=random)
    return given.flatten(1)[:, places.to(given.device)]


def surrounded(given: Map, around: Ring, width: tuple[int, int]) -> Float[Tensor, "_ _ _"]:
    """The map with ``width`` rows and columns more on each side, which hold these values, row after row."""
    (rows, columns), (channels, height, breadth) = width, given.shape
    whole = given.new_empty(channels, height + 2 * rows, breadth + 2 * columns)
    inside = torch.zeros(whole.shape[1:], dtype=torch.bool, device=given.device)
    inside[rows : rows + height, columns : columns + breadth] = True
    whole[:, ~inside] = around
    whole[:, inside] = given.flatten(1)
    return whole


def around(size: Sequence[int], width: tuple[int, int]) -> int:
    """How many positions padding of this width adds to a map of this size (rows, columns)."""
    return (size[0] + 2 * width[0]) * (size[1] + 2 * width[1]) - size[0] * size[1]


def kinds_of(draws: int) -> list[str]:
    """What :func:`measure` calls its paddings: zeros, then for each draw each reading."""
    return ["zero", *(f"{reading} {draw}" for draw in range(draws) for reading in READINGS)]


class OfNoise(OfBranch):
    """The sums of one branch under noise; ``before`` is the map in front of its reduce layer, set before ``add``."""

    def __init__(self, convolution: nn.Conv2d, reduce: nn.Conv2d | None, *, rectified: bool) -> None:
        super().__init__(convolution, rectified=rectified)
        self.reduce = reduce
        self.before: Float[Tensor, "image _ _ _"] | None = None

    def _along(self, given: Tensor, kind: str, randoms: Sequence[torch.Generator]) -> dict[str, Tensor]:
        """The lines at the sides of some images with noise around them, drawn for each image by itself."""
        reading, before = kind.split()[0], given if self.before is None else self.before
        count = around(given.shape[2:], self.width)
        each = [
            surrounded(one, ring(reading, one, own, self._reduced, count, random), self.width)
            for one, own, random in zip(given, before, randoms, strict=True)
        ]
        return dict(along_sides(self.convolution, torch.stack(each)))

    def _reduced(self, values: Ring) -> Ring:
        """Behind the reduce layer and its ReLU; the same where the branch has none."""
        return values if self.reduce is None else self.reduce(values[None, :, :, None])[0, :, :, 0].relu()


@torch.no_grad()
def measure(seen: Subject, images: Images, *, draws: int, samples: int, seed: int) -> BorderResponses:
    """The responses of all units with kernels of 3×3 or more under each reading of the noise; none to shifted images.

    The kinds are those of :func:`kinds_of`. samples, seed: as for :func:`border_pass.measure`.
    """
    network, branches = seen.loaded.network, seen.kernel_sets()
    reduces = {branch.convolution: _reduce_of(seen, branch) for branch in branches}
    sums = [
        OfNoise(
            _convolution(network, branch.convolution),
            _convolution(network, reduce.convolution) if (reduce := reduces[branch.convolution]) else None,
            rectified=branch.layer != branch.convolution,
        )
        for branch in branches
    ]
    hooked = [*branches, *(each for each in reduces.values() if each)]
    device = next(network.parameters()).device
    for batch in images.batches(_BATCH, device=device):
        randoms = [generator(seed, f"border noise {place}") for place in batch.places]
        with convolutions(network, hooked) as maps:
            network(seen.loaded.preprocessing(batch.x))
        for branch, own in zip(branches, sums, strict=True):
            reduce = reduces[branch.convolution]
            own.before = maps[reduce.convolution][0] if reduce else None
            own.add(*maps[branch.convolution], kinds=kinds_of(draws), samples=samples, randoms=randoms)
    grey = torch.tensor(GREYS, device=device)[:, None, None, None].expand(-1, 3, images.size, images.size)
    with convolutions(network, branches) as maps:
        network(seen.loaded.preprocessing(grey))
        found = [own.found(maps[branch.convolution][1]) for branch, own in zip(branches, sums, strict=True)]
    return BorderResponses(**{name: torch.cat([each[name] for each in found]).float() for name in found[0]})


def _reduce_of(seen: Subject, branch: Branch) -> Branch | None:
    """The reduce layer of a branch as one of its own; None where there is none."""
    if seen.reduce_weights(branch) is None:
        return None
    return replace(branch, convolution=f"{branch.layer}_bottleneck_pre_relu")


def _convolution(network: nn.Module, name: str) -> nn.Conv2d:
    found = network.get_submodule(name)
    assert isinstance(found, nn.Conv2d)
    return found


def _uniform(like: Map, channels: int, count: int, random: torch.Generator) -> Ring:
    """Uniform between the smallest and the largest value of a map over all its channels."""
    low, high = like.min(), like.max()
    return low + (high - low) * torch.rand(channels, count, generator=random).to(like)


def _drawn(like: Map, count: int, random: torch.Generator) -> Ring:
    """Values of each channel, drawn with replacement and by themselves."""
    flat = like.flatten(1)
    return flat.gather(1, torch.randint(flat.shape[1], (len(flat), count), generator=random).to(like.device))
