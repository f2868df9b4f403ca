"""The transpose of a convolution, W^T x (probing, eqs. 4 to 9), for signals that share their zeros.

Unpooling fills one of the four positions of a 2 × 2 pooling window and leaves the others zero. A mask sets more to
zero, the same ones for every unit of the batch. A :class:`Signal` keeps the remaining entries alone, with the units as
its last axis. For every position of the plane below, the product gathers the weights of just those entries, and is one
matrix product: exact, and as much faster as the signal is sparse. On a CPU the other cases keep the units last, too.
For a few units all these small products do not pay: PyTorch's own transposed convolution is faster there.
"""

from __future__ import annotations

import dataclasses
import math

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional

from helpers.attribution.chain import geometry
from helpers.hooks.windows import Window

# Up to so many units PyTorch's own transposed convolution is faster: measured on VGG16, narrow and whole.
FEW = 16
# Above this share of entries that may differ from zero, a dense product is faster on a CPU.
_DENSE = 0.4
# Numbers that one block of a sparse product may gather: about what stays in a cache.
_CACHE = 500_000


@dataclasses.dataclass(frozen=True)
class Signal:
    """What goes back, in one plane, cut to the receptive field: for every unit a vector x_i^b of the study.

    Entry e has the values ``values[slot[e]]``, one a unit, at ``index[e]`` of the window's flattened (row, column,
    channel). What no entry names is zero; rows of ``values`` that no entry names are not used.
    """

    values: Float[Tensor, "row unit"]
    slot: Int[Tensor, " entry"]
    index: Int[Tensor, " entry"]
    window: Window
    channels: int

    @property
    def size(self) -> int:
        """Number of entries if none were left out: rows × columns × channels of the window."""
        return self.window.height * self.window.width * self.channels

    def select(self, keep: Bool[Tensor, " entry"]) -> Signal:
        """The same with all other entries set to zero."""
        return dataclasses.replace(self, slot=self.slot[keep], index=self.index[keep])

    def full(self) -> Float[Tensor, "row column channel unit"]:
        """The whole window, with its zeros."""
        full = self.values
        if len(self.index) < self.size or not _is_range(self.slot) or not _is_range(self.index):
            # one row of zeros for all that has no entry
            row = torch.full((self.size,), len(self.values), device=self.values.device)
            row[self.index] = self.slot
            full = torch.cat([self.values, self.values.new_zeros(1, self.values.shape[1])]).index_select(0, row)
        return full.view(self.window.height, self.window.width, self.channels, -1)

    def dense(self) -> Float[Tensor, "unit channel row column"]:
        """The whole window, in PyTorch's order of the axes."""
        return self.full().permute(3, 2, 0, 1)


def everywhere(values: Float[Tensor, "entry unit"], window: Window, channels: int) -> Signal:
    """A signal of a whole window; entries in the order (row, column, channel)."""
    index = torch.arange(len(values), device=values.device)
    return Signal(values, index, index, window, channels)


def transposed(signal: Signal, conv: nn.Conv2d, weight: Float[Tensor, "above below kh kw"], below: Window) -> Signal:
    """W^T x: the signal in the plane that the convolution takes, within the window ``below``."""
    if by_library(signal, conv):
        x = _library(signal, conv, weight, below).permute(2, 3, 1, 0)  # (row, column, channel, unit)
    else:
        x = signal.values.new_zeros(below.height, below.width, weight.shape[1], signal.values.shape[1])
        if _thin(weight):
            _scatter(signal, conv, weight, below, x)
        elif len(signal.index) < _DENSE * signal.size:
            _gather(signal, conv, weight, below, x)
        else:
            _slide(signal, conv, weight, below, x)
    return everywhere(x.reshape(-1, x.shape[-1]), below, x.shape[2])


def by_library(signal: Signal, conv: nn.Conv2d) -> bool:
    """Whether PyTorch's own transposed convolution is the better way: on a GPU, for a few units, for groups, or where
    all entries of a strided or dilated convolution may differ from zero."""
    plain = conv.stride == (1, 1) == conv.dilation or len(signal.index) < _DENSE * signal.size
    few = signal.values.shape[1] <= FEW
    return signal.values.device.type != "cpu" or few or conv.groups > 1 or not (plain or _thin(conv.weight))


def _thin(weight: Tensor) -> bool:
    """Whether the plane below has so few channels that all taps together are fewer than the channels above."""
    return math.prod(weight.shape[1:]) < weight.shape[0]


def _library(signal: Signal, conv: nn.Conv2d, weight: Tensor, below: Window) -> Tensor:
    """By PyTorch's own transposed convolution, cut or filled up with zeros to the window."""
    _, stride, pad, dilation = geometry(conv)
    y = functional.conv_transpose2d(signal.dense(), weight, None, stride, 0, 0, conv.groups, dilation)
    top = signal.window.top * stride[0] - pad[0]
    left = signal.window.left * stride[1] - pad[1]
    missing = [left - below.left, below.right - left - y.shape[3], top - below.top, below.bottom - top - y.shape[2]]
    return functional.pad(y, missing)  # negative: cut


def _scatter(signal: Signal, conv: nn.Conv2d, weight: Tensor, below: Window, out: Tensor) -> None:
    """All taps of a position in one product, then every tap added to the position it goes to."""
    (kh, kw), (sy, sx), (py, px), (dy, dx) = geometry(conv)
    taps = weight.flatten(1).t()  # ((channel below, tap), channel above)
    x = signal.full()
    for row, line in enumerate(x, signal.window.top):
        product = torch.bmm(taps.expand(len(line), -1, -1), line).unflatten(
            1, (weight.shape[1], kh, kw)
        )  # (column, channel below, kh, kw, unit)
        for ky in range(kh):
            y = row * sy - py + ky * dy
            if not below.top <= y < below.bottom:
                continue
            for kx in range(kw):
                first = signal.window.left * sx - px + kx * dx
                skipped = max(0, -((first - below.left) // sx))  # columns of the signal left of the window
                start = first + skipped * sx - below.left
                count = min(len(line) - skipped, -((start - below.width) // sx))
                if count > 0:
                    to = out[y - below.top, start : start + (count - 1) * sx + 1 : sx]
                    to += product[skipped : skipped + count, :, ky, kx]


def _slide(signal: Signal, conv: nn.Conv2d, weight: Tensor, below: Window, out: Tensor) -> None:
    """Stride and dilation 1: the positions that reach one position below are neighbours in memory, row by row."""
    (kh, kw), _, (py, px), _ = geometry(conv)
    above = weight.shape[0]
    rows = weight.flip(3).permute(2, 1, 3, 0).reshape(kh, weight.shape[1], -1)  # (tap, below, (tap from last, above))
    x = signal.full().flatten(1, 2)  # (row, (column, channel), unit)
    for y in range(below.top, below.bottom):
        for ky in range(kh):
            row = y + py - ky - signal.window.top
            if not 0 <= row < len(x):
                continue
            for i in range(below.width):
                first = below.left + i + px - (kw - 1) - signal.window.left  # column of the last tap
                a, b = max(first, 0), min(first + kw, signal.window.width)
                if a < b:
                    out[y - below.top, i].addmm_(
                        rows[ky][:, (a - first) * above : (b - first) * above], x[row, a * above : b * above]
                    )


def _gather(signal: Signal, conv: nn.Conv2d, weight: Tensor, below: Window, out: Tensor) -> None:
    """One product of matrices per position of the plane below, over the entries of the signal that reach it.

    An example with one row and one channel: a kernel (w0, w1, w2) with stride 1 and padding 1, so that column x below
    is reached by the columns x - 1 to x + 1 above. Of eight columns above, column 0 holds a and column 3 holds d; the
    others are zero. The entries, in order, are a and d, and ``column`` is [0, 3].

    |     x | low, high | entries | distance = x + 1 - column | product |
    | ----- | --------- | ------- | ------------------------- | ------- |
    |     0 | 0, 1      | a       | 1                         | w1 a    |
    |     1 | 0, 1      | a       | 2                         | w2 a    |
    |     2 | 1, 2      | d       | 0                         | w0 d    |
    |     3 | 1, 2      | d       | 1                         | w1 d    |
    |     4 | 1, 2      | d       | 2                         | w2 d    |
    | 5 - 7 | 2, 2      | none    |                           | 0       |
    """
    (kh, kw), (sy, sx), (py, px), (dy, dx) = geometry(conv)
    above, channels = weight.shape[:2]
    # rows of the table: the weights of (tap, channel above) to all channels below; the last for what does not exist
    taps_first = weight.permute(2, 3, 0, 1).reshape(-1, channels)  # (ky kx above, below)
    table = torch.cat([taps_first, weight.new_zeros(1, channels)])  # (ky kx above + 1, below)
    entries = _SortedEntries.of(signal)
    x = torch.arange(below.left, below.right)  # (x)
    for y in range(below.top, below.bottom):
        taps = [(ky, (y + py - ky * dy) // sy) for ky in range(kh) if (y + py - ky * dy) % sy == 0]
        taps = [(ky, row) for ky, row in taps if signal.window.top <= row < signal.window.bottom]
        slot, column, first = entries.band(taps, above * kw)  # (entry) each
        # an entry reaches x if (x + px - dx (kw - 1)) / sx <= column <= (x + px) / sx
        low = torch.searchsorted(column, -((dx * (kw - 1) - x - px) // sx))  # (x)
        high = torch.searchsorted(column, (x + px).div(sx, rounding_mode="floor"), right=True)  # (x)
        longest = int((high - low).max())
        if longest <= 0:
            continue
        step = max(1, _CACHE // (longest * (channels + out.shape[-1])))
        for i in range(0, below.width, step):
            block = slice(i, i + step)
            entry = low[block, None] + torch.arange(int((high - low)[block].max()))  # (x, n): the n-th that reaches x
            beyond = entry >= high[block, None]  # (x, n)
            entry.clamp_(max=len(slot) - 1)
            distance = x[block, None] + px - column[entry] * sx  # (x, n)
            of_table = first[entry] + distance.div(dx, rounding_mode="floor") * above  # (x, n)
            of_table.masked_fill_(beyond | (distance % dx != 0), len(table) - 1)
            weights = table.index_select(0, of_table.flatten()).view(*entry.shape, -1)  # (x, n, below)
            gathered = signal.values.index_select(0, slot[entry.flatten()]).view(*entry.shape, -1)  # (x, n, unit)
            torch.bmm(weights.mT, gathered, out=out[y - below.top, block])  # (x, below, unit)


@dataclasses.dataclass(frozen=True)
class _SortedEntries:
    """The entries of a signal, ordered by row and column."""

    slot: Int[Tensor, " entry"]
    column: Int[Tensor, " entry"]
    channel: Int[Tensor, " entry"]
    start: list[int]  # of each row of the window, and the end
    top: int

    @classmethod
    def of(cls, signal: Signal) -> _SortedEntries:
        """Sort the entries of a signal."""
        index, order = signal.index.sort()
        width = signal.window.width * signal.channels
        start = torch.searchsorted(index, torch.arange(signal.window.height + 1) * width)
        column = signal.window.left + index % width // signal.channels
        return cls(signal.slot[order], column, index % signal.channels, start.tolist(), signal.window.top)

    def band(
        self, taps: list[tuple[int, int]], tap_size: int
    ) -> tuple[Int[Tensor, " entry"], Int[Tensor, " entry"], Int[Tensor, " entry"]]:
        """The entries of some rows together, ordered by column.

        taps: pairs (ky, row), a row of the signal and the row of the kernel that meets it.
        tap_size: rows of the table of weights that belong to one row of the kernel.
        Returns slots, columns, and the row of the table at which the weights of (ky, first tap, channel) stand.
        """
        parts = [(slice(self.start[row - self.top], self.start[row - self.top + 1]), ky) for ky, row in taps]
        none = self.slot[:0]
        column, order = torch.cat([none, *(self.column[part] for part, _ in parts)]).sort(stable=True)
        slot = torch.cat([none, *(self.slot[part] for part, _ in parts)])[order]
        first = torch.cat([none, *(self.channel[part] + ky * tap_size for part, ky in parts)])[order]
        return slot, column, first


def _is_range(index: Tensor) -> bool:
    return torch.equal(index, torch.arange(len(index), device=index.device))
