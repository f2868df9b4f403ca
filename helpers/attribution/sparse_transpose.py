"""The transpose of a convolution, W^T x (probing, eqs. 4 to 9), for signals that share their zeros.

On the way back, unpooling leaves three of four places of a 2 × 2 window empty, and a mask empties more, the same ones
for every unit of the batch. A :class:`Signal` keeps only the other places, with the units as its last axis. The
product then gathers, for every place of the plane below, the weights of just those entries, and is one matrix product
per place: exact, and as much faster as the signal is sparse. On a CPU the other cases keep the units last, too. A few
units alone are not worth all these small products: for them PyTorch's own transposed convolution is the faster one.
"""

from __future__ import annotations

import dataclasses
import math

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional

from helpers.attribution.forward_pass import Box, geometry

# Up to so many units PyTorch's own transposed convolution is faster: measured on VGG16, narrow and whole.
FEW = 16
# Above this share of places that may differ from zero, a dense product is faster on a CPU.
_DENSE = 0.4
# Numbers that one block of a sparse product may gather: about what stays in a cache.
_CACHE = 500_000


@dataclasses.dataclass(frozen=True)
class Signal:
    """What goes back, in one plane, cut to the field of view: for every unit a vector x_i^b of the study.

    ``values[slot[e]]`` stands at ``place[e]`` of the flattened (row, column, channel) of the box; places not named are
    zero, rows of ``values`` not named are not used.
    """

    values: Float[Tensor, "row unit"]
    slot: Int[Tensor, " entry"]
    place: Int[Tensor, " entry"]
    box: Box
    channels: int

    @property
    def size(self) -> int:
        """Number of places, whether zero or not."""
        return self.box.height * self.box.width * self.channels

    def select(self, keep: Bool[Tensor, " entry"]) -> Signal:
        """The same with every other place set to zero."""
        return dataclasses.replace(self, slot=self.slot[keep], place=self.place[keep])

    def full(self) -> Float[Tensor, "row column channel unit"]:
        """All places."""
        full = self.values
        if len(self.place) < self.size or not _is_range(self.slot) or not _is_range(self.place):
            # one row of zeros for all places that have no entry
            row = torch.full((self.size,), len(self.values), device=self.values.device)
            row[self.place] = self.slot
            full = torch.cat([self.values, self.values.new_zeros(1, self.values.shape[1])]).index_select(0, row)
        return full.view(self.box.height, self.box.width, self.channels, -1)

    def dense(self) -> Float[Tensor, "unit channel row column"]:
        """All places, in PyTorch's order of the axes."""
        return self.full().permute(3, 2, 0, 1)


def everywhere(values: Float[Tensor, "place unit"], box: Box, channels: int) -> Signal:
    """A signal in which every place may differ from zero."""
    index = torch.arange(len(values), device=values.device)
    return Signal(values, index, index, box, channels)


def transposed(signal: Signal, conv: nn.Conv2d, weight: Float[Tensor, "above below kh kw"], below: Box) -> Signal:
    """W^T x: the signal in the plane that the convolution takes, within the box ``below``."""
    if by_library(signal, conv):
        x = _library(signal, conv, weight, below).permute(2, 3, 1, 0)  # (row, column, channel, unit)
    else:
        x = signal.values.new_zeros(below.height, below.width, weight.shape[1], signal.values.shape[1])
        if _thin(weight):
            _scatter(signal, conv, weight, below, x)
        elif len(signal.place) < _DENSE * signal.size:
            _gather(signal, conv, weight, below, x)
        else:
            _slide(signal, conv, weight, below, x)
    return everywhere(x.reshape(-1, x.shape[-1]), below, x.shape[2])


def by_library(signal: Signal, conv: nn.Conv2d) -> bool:
    """Whether PyTorch's own transposed convolution is the better way: on a GPU, for a few units, for groups, or where
    all places of a strided or dilated convolution may differ from zero."""
    plain = conv.stride == (1, 1) == conv.dilation or len(signal.place) < _DENSE * signal.size
    few = signal.values.shape[1] <= FEW
    return signal.values.device.type != "cpu" or few or conv.groups > 1 or not (plain or _thin(conv.weight))


def _thin(weight: Tensor) -> bool:
    """Whether the plane below has so few channels that all taps together are fewer than the channels above."""
    return math.prod(weight.shape[1:]) < weight.shape[0]


def _library(signal: Signal, conv: nn.Conv2d, weight: Tensor, below: Box) -> Tensor:
    """By PyTorch's own transposed convolution, cut or filled up with zeros to the box."""
    _, stride, pad, dilation = geometry(conv)
    y = functional.conv_transpose2d(signal.dense(), weight, None, stride, 0, 0, conv.groups, dilation)
    top = signal.box.top * stride[0] - pad[0]
    left = signal.box.left * stride[1] - pad[1]
    missing = [left - below.left, below.right - left - y.shape[3], top - below.top, below.bottom - top - y.shape[2]]
    return functional.pad(y, missing)  # negative: cut


def _scatter(signal: Signal, conv: nn.Conv2d, weight: Tensor, below: Box, out: Tensor) -> None:
    """All taps of a place in one product, then every tap added to the place it goes to."""
    (kh, kw), (sy, sx), (py, px), (dy, dx) = geometry(conv)
    taps = weight.flatten(1).t()  # ((channel below, tap), channel above)
    x = signal.full()
    for row, line in enumerate(x, signal.box.top):
        product = torch.bmm(taps.expand(len(line), -1, -1), line).unflatten(
            1, (weight.shape[1], kh, kw)
        )  # (column, channel below, kh, kw, unit)
        for ky in range(kh):
            y = row * sy - py + ky * dy
            if not below.top <= y < below.bottom:
                continue
            for kx in range(kw):
                first = signal.box.left * sx - px + kx * dx
                skipped = max(0, -((first - below.left) // sx))  # columns of the signal left of the box
                start = first + skipped * sx - below.left
                count = min(len(line) - skipped, -((start - below.width) // sx))
                if count > 0:
                    to = out[y - below.top, start : start + (count - 1) * sx + 1 : sx]
                    to += product[skipped : skipped + count, :, ky, kx]


def _slide(signal: Signal, conv: nn.Conv2d, weight: Tensor, below: Box, out: Tensor) -> None:
    """Stride and dilation 1: the places that reach one place below are neighbours in memory, row by row."""
    (kh, kw), _, (py, px), _ = geometry(conv)
    above = weight.shape[0]
    rows = weight.flip(3).permute(2, 1, 3, 0).reshape(kh, weight.shape[1], -1)  # (tap, below, (tap from last, above))
    x = signal.full().flatten(1, 2)  # (row, (column, channel), unit)
    for y in range(below.top, below.bottom):
        for ky in range(kh):
            row = y + py - ky - signal.box.top
            if not 0 <= row < len(x):
                continue
            for i in range(below.width):
                first = below.left + i + px - (kw - 1) - signal.box.left  # column of the last tap
                a, b = max(first, 0), min(first + kw, signal.box.width)
                if a < b:
                    out[y - below.top, i].addmm_(
                        rows[ky][:, (a - first) * above : (b - first) * above], x[row, a * above : b * above]
                    )


def _gather(signal: Signal, conv: nn.Conv2d, weight: Tensor, below: Box, out: Tensor) -> None:
    """One product of matrices per place of the plane below, over the entries of the signal that reach it."""
    (kh, kw), (sy, sx), (py, px), (dy, dx) = geometry(conv)
    above, channels = weight.shape[:2]
    # rows of the table: the weights of (tap, channel above) to all channels below; the last for what does not exist
    table = torch.cat([weight.permute(2, 3, 0, 1).reshape(-1, channels), weight.new_zeros(1, channels)])
    places = Places.of(signal)
    x = torch.arange(below.left, below.right)
    for y in range(below.top, below.bottom):
        taps = [(ky, (y + py - ky * dy) // sy) for ky in range(kh) if (y + py - ky * dy) % sy == 0]
        taps = [(ky, row) for ky, row in taps if signal.box.top <= row < signal.box.bottom]
        slot, column, first = places.band(taps, above * kw)
        low = torch.searchsorted(column, -((dx * (kw - 1) - x - px) // sx))  # column >= (x + px - dx (kw - 1)) / sx
        high = torch.searchsorted(column, (x + px).div(sx, rounding_mode="floor"), right=True)
        longest = int((high - low).max())
        if longest <= 0:
            continue
        step = max(1, _CACHE // (longest * (channels + out.shape[-1])))
        for i in range(0, below.width, step):
            block = slice(i, i + step)
            entry = low[block, None] + torch.arange(int((high - low)[block].max()))  # (place, entry of its own)
            beyond = entry >= high[block, None]
            entry.clamp_(max=len(slot) - 1)
            distance = x[block, None] + px - column[entry] * sx
            of_table = first[entry] + distance.div(dx, rounding_mode="floor") * above
            of_table.masked_fill_(beyond | (distance % dx != 0), len(table) - 1)
            weights = table.index_select(0, of_table.flatten()).view(*entry.shape, -1)
            gathered = signal.values.index_select(0, slot[entry.flatten()]).view(*entry.shape, -1)
            torch.bmm(weights.mT, gathered, out=out[y - below.top, block])


@dataclasses.dataclass(frozen=True)
class Places:
    """The entries of a signal, ordered by row and column."""

    slot: Tensor
    column: Tensor
    channel: Tensor
    start: list[int]  # of each row of the box, and the end
    top: int

    @classmethod
    def of(cls, signal: Signal) -> Places:
        """Where the entries of a signal stand."""
        place, order = signal.place.sort()
        width = signal.box.width * signal.channels
        start = torch.searchsorted(place, torch.arange(signal.box.height + 1) * width)
        column = signal.box.left + place % width // signal.channels
        return cls(signal.slot[order], column, place % signal.channels, start.tolist(), signal.box.top)

    def band(self, taps: list[tuple[int, int]], tap_size: int) -> tuple[Tensor, Tensor, Tensor]:
        """The entries of some rows, each met by one row of a kernel, together by column: their slots, columns, and
        where the weights of their channel begin in a table of ``tap_size`` entries per row of the kernel."""
        parts = [(slice(self.start[row - self.top], self.start[row - self.top + 1]), ky) for ky, row in taps]
        none = self.slot[:0]
        column, order = torch.cat([none, *(self.column[part] for part, _ in parts)]).sort(stable=True)
        slot = torch.cat([none, *(self.slot[part] for part, _ in parts)])[order]
        first = torch.cat([none, *(self.channel[part] + ky * tap_size for part, ky in parts)])[order]
        return slot, column, first


def _is_range(index: Tensor) -> bool:
    return torch.equal(index, torch.arange(len(index), device=index.device))
