"""Responses of some units, before the ReLU, to all natural images: what excites them, and what inhibits them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.data.images import Images
from helpers.hooks.layer_table import Layer, layers
from helpers.hooks.patches import corners, side_of
from helpers.hooks.recording import record
from helpers.hooks.unit_axis import units_first
from helpers.hooks.window_means import Windows
from helpers.studies.googlenet_neurons.subject import Block, Branch, Subject, SubjectError

EXCITING, INHIBITING = 0, 1  # directions
_BATCH = 16

Batches = Iterable[tuple[Tensor, Sequence[int]]]  # images from 0 to 1, some at a time, with their numbers


@dataclass
class NaturalExtremes:
    """The largest and the smallest response of units over the positions of each image; NaN for an unreadable image.

    place: numbers among the units of all branches, ascending.
    value: before the ReLU; the largest response has direction 0, the smallest direction 1.
    at: row and column of that response.
    """

    place: Int[Tensor, " unit"]
    value: Float[Tensor, "direction unit image"]
    at: Int[Tensor, "direction unit image 2"]

    def rows(self, places: Sequence[int] | Int[Tensor, " some"]) -> Int[Tensor, " some"]:
        """Where these units stand in the tables."""
        return torch.searchsorted(self.place, torch.as_tensor(places))


def place_of(seen: Subject, block: Block, number: int) -> int:
    """The number among the units of all branches of the unit with this number in a block.

    Raises SubjectError for a number that no unit of the block has.
    """
    for branch in block.branches:
        if number in branch.numbers:
            return seen.places(branch).start + number - branch.first
    there = ", ".join(f"{branch.first} to {branch.first + branch.units - 1}" for branch in block.branches)
    raise SubjectError(f"{block.name} has no unit {number}; its units are {there}.")


def by_branch(seen: Subject, places: Iterable[int]) -> dict[Branch, list[int]]:
    """Those of these units that each branch has, by their numbers among the units of all branches."""
    wanted, found = sorted(set(places)), {}
    for branch in seen.branches:
        where = seen.places(branch)
        if own := [place for place in wanted if where.start <= place < where.stop]:
            found[branch] = own
    return found


def convolutions(seen: Subject, size: int) -> dict[Branch, Layer]:
    """The layer of each branch before the ReLU, for images of this size."""
    listed = {layer.name: layer for layer in layers(seen.loaded.network, size)}
    return {branch: listed[branch.convolution] for branch in seen.branches}


def responses(seen: Subject, batches: Batches, places: Iterable[int], *, images: int, size: int) -> NaturalExtremes:
    """The responses of these units in one pass.

    batches: images from 0 to 1, with their numbers, which are below ``images``; size: their side in pixels.
    """
    own = by_branch(seen, places)
    listed = convolutions(seen, size)
    names = {branch.convolution: branch for branch in own}
    inside = {branch: [place - seen.places(branch).start for place in units] for branch, units in own.items()}
    order = torch.tensor([place for units in own.values() for place in units], dtype=torch.long)
    value = torch.full((2, len(order), images), torch.nan)
    at = torch.zeros(2, len(order), images, 2, dtype=torch.int16)
    first = dict(zip(own, torch.tensor([0, *map(len, own.values())]).cumsum(0).tolist(), strict=False))

    def kept(name: str, output: Tensor) -> tuple[Tensor, Tensor, int]:
        branch = names[name]
        maps = units_first(output, listed[branch].unit_axis)[:, inside[branch]]
        flat = maps.flatten(2).float()
        high, low = flat.max(2), flat.min(2)
        place = torch.stack([high.indices, low.indices])
        where = torch.stack([place // maps.shape[-1], place % maps.shape[-1]], dim=-1)
        return torch.stack([high.values, low.values]).cpu(), where.cpu(), first[branch]

    network = seen.loaded.network
    device = next(network.parameters()).device
    for x, numbers in batches:
        with torch.no_grad(), record(network, list(names), stop=True, keep=kept) as found:
            network(by_channels(seen.loaded.preprocessing(x.to(device))))
        for numbered in found.values():
            values, where, start = numbered
            rows = slice(start, start + values.shape[2])
            value[:, rows, list(numbers)] = values.transpose(1, 2)
            at[:, rows, list(numbers)] = where.transpose(1, 2).to(torch.int16)
    sort = order.argsort()
    return NaturalExtremes(order[sort], value[:, sort], at[:, sort])


def by_channels(x: Float[Tensor, "image channel row column"]) -> Float[Tensor, "image channel row column"]:
    """The same with the channels of a point side by side in memory: pooling on a CPU takes a fraction of the time."""
    return x.contiguous(memory_format=torch.channels_last)


def batches_of(images: Images) -> Batches:
    """Natural images, with their places in the list."""
    for batch in images.batches(_BATCH):
        yield batch.x, batch.places


def numbered(x: Float[Tensor, "image 3 row column"]) -> Batches:
    """Images that are all there, counted from 0."""
    for first in range(0, len(x), _BATCH):
        yield x[first : first + _BATCH], range(first, min(first + _BATCH, len(x)))


def windows_at(
    seen: Subject,
    listed: Mapping[Branch, Layer],
    found: NaturalExtremes,
    row: Int[Tensor, " window"],
    image: Int[Tensor, " window"],
    *,
    size: int,
    direction: int = EXCITING,
) -> Windows:
    """What units see of images where they are most active, or least.

    listed: the layers of the branches, from :func:`convolutions`. row: of a unit in ``found``. image: its number.
    """
    at = found.at[direction, row, image].long()
    corner, side = torch.zeros_like(at), torch.zeros(len(row), dtype=torch.long)
    for branch in seen.branches:
        where = seen.places(branch)
        own = (found.place[row] >= where.start) & (found.place[row] < where.stop)
        if bool(own.any()):
            corner[own] = corners(listed[branch], at[own], size=size)
            side[own] = side_of(listed[branch], size)
    return Windows(image, corner, side)


def strongest(
    value: Float[Tensor, "unit image"], allowed: Tensor, count: int, *, direction: int = EXCITING
) -> Int[Tensor, "unit some"]:
    """The images among the allowed ones that a unit answers most, the strongest first; the least for inhibition.

    allowed: whether each image may be taken. Images that could not be read are never taken, while there are others.
    """
    signed = value if direction == EXCITING else -value
    signed = signed.masked_fill(~allowed, -torch.inf).nan_to_num(-torch.inf, torch.inf, -torch.inf)
    return signed.argsort(dim=1, descending=True, stable=True)[:, :count]


def middling(value: Float[Tensor, "unit image"], allowed: Tensor, count: int) -> Int[Tensor, "unit some"]:
    """The images in the middle of the allowed ones, in the order of a unit's response."""
    there = allowed & ~value.isnan().any(0)
    order = strongest(value, there, int(there.sum()))
    first = max(0, (order.shape[1] - count) // 2)
    return order[:, first : first + count]
