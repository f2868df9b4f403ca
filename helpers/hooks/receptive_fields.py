"""Which pixels of the image a unit sees: exact, operation by operation, along every path through a network.

The network runs on one black image, and the rectangle of pixels that every entry of every tensor can see is followed
through all operations (:mod:`helpers.hooks.following`), so branches, sums, functions, attention and plain Python are
followed wherever they lead. Where paths of different size meet, the window that holds all of theirs counts. The cut at
the border is exact, too: positions that a layer adds as padding see nothing (zeros) or what they repeat (circular,
reflecting and replicating padding), even where the window of such a position would reach into the image again.

What cannot be followed is refused by name: operations that no rule covers, and decisions by the image's values. Where
attention is masked, as in Swin's shifted windows, the windows hold all that is seen, but may be too large: ``exact``
is then False.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from jaxtyping import Int
from torch import Tensor, nn

from helpers.errors import BadInput, first_line
from helpers.hooks.bounds import Bounds, Jump, compact
from helpers.hooks.call_graph import fingerprint
from helpers.hooks.following import Follower, follow
from helpers.hooks.input_channels import channels
from helpers.hooks.modes import inspecting
from helpers.hooks.names import named_layer, named_layers, unwrapped
from helpers.hooks.recording import NoOutput, first_tensor, no_call
from helpers.hooks.unit_axis import positions, usual_axis
from helpers.hooks.windows import Span, Window, pair


class FieldError(BadInput):
    """A layer that does not exist, or whose receptive field cannot be told. The message is one sentence."""


@dataclass(frozen=True, eq=False)
class ReceptiveField:
    """What the units of one layer see of an image.

    ``windows`` has top, bottom, left and right for every position, cut at the image's border; the last axis has these
    four, the others are those of ``units``. ``size`` and ``start`` are (rows, columns) of windows without borders: the
    largest one, and where that of the first position begins (below 0 where there is padding). ``jump`` is the distance
    between neighbouring positions in the image; it is a fraction where a layer pools to a grid that does not divide its
    input, or enlarges. ``exact`` is False where the windows may be too large.
    """

    windows: Int[np.ndarray, "*position 4"]
    size: Span
    jump: tuple[int | Fraction, int | Fraction]
    start: Span
    exact: bool = True

    @property
    def units(self) -> tuple[int, ...]:
        """How many positions there are: (rows, columns), (tokens,), or () in a layer without positions."""
        return self.windows.shape[:-1]

    def window(self, *position: int) -> Window:
        """The pixels that the unit at this position can see, cut at the image's border.

        position: row and column; the number of a token. A layer without positions has one window, at () and (0, 0).
        A unit that sees padding alone has the empty window, Window(0, 0, 0, 0).

        Raises FieldError for a position outside the layer.
        """
        units = self.units
        if not units and position == (0, 0):
            position = ()
        if len(position) != len(units) or not all(0 <= at < length for at, length in zip(position, units, strict=True)):
            allowed = f"{' × '.join(map(str, units))} positions" if units else "no positions, and one window at ()"
            raise FieldError(f"there is no unit at {position}: the layer has {allowed}")
        return Window(*map(int, self.windows[position]))


_CONSTANTS = "constants, and does not look at the image"


class Traced(NamedTuple):
    """What one call of a layer gives for one image: the shape without the first axis, which axis of the output counts
    units, and the receptive field if that can be told."""

    shape: tuple[int, ...]
    unit_axis: int
    receptive_field: ReceptiveField | None
    unknown: str  # the first operation on the way whose receptive field is not known

    @property
    def looks(self) -> bool:
        """Whether the layer looks at the image at all; one that computes weights does not."""
        return self.unknown != _CONSTANTS


def receptive_field(network: nn.Module, layer: str, *, size: int | Span = 224, call: int = -1) -> ReceptiveField:
    """The receptive fields of a layer's units, for images of this height and width.

    ``size`` decides the cut at the border and what looks at the whole image; ``jump`` and, up to there, ``size`` and
    ``start`` of the receptive field do not depend on it. ``call`` says which call of a layer that runs more than once,
    as in :func:`helpers.hooks.recording.record`. Images have as many channels as the network takes.

    Raises UnknownLayer for a layer that the network does not have (with the nearest names), and FieldError for one that
    does not run, one that lies behind an operation whose receptive field is not known, and a network that does not run
    on images of this size.
    """
    asked = named_layer(network, layer)
    name = next(name for name, module in named_layers(network).items() if module is asked)
    calls = trace(network, size).get(name, ())
    if not -len(calls) <= call < len(calls):
        raise FieldError(no_call(layer, len(calls), call))
    found = calls[call]
    if found.receptive_field is None:
        raise FieldError(f"the receptive field of {layer} is not known: it lies behind {found.unknown}")
    return found.receptive_field


def trace(network: nn.Module, size: int | Span = 224) -> dict[str, tuple[Traced, ...]]:
    """What every call of every layer gives for one image of this size: first name of a layer -> its calls.

    Layers stand in the order in which their last calls end. Remembered for as long as the network stays as it is.

    Raises FieldError for a network that does not run on such images.
    """
    network = unwrapped(network)
    state = pair(size), fingerprint(network)
    known = _TRACED.get(network)
    if known is None or known[0] != state:
        known = _TRACED[network] = state, _trace(network, pair(size))
    return known[1]


_TRACED: WeakKeyDictionary[nn.Module, tuple[object, dict[str, tuple[Traced, ...]]]] = WeakKeyDictionary()


def _trace(network: nn.Module, size: Span) -> dict[str, tuple[Traced, ...]]:
    names = {module: name for name, module in network.named_modules()}
    found: dict[str, tuple[Traced, ...]] = {}

    def ended(module: nn.Module, output: Any, follower: Follower) -> None:
        name = names[module]
        try:
            tensor = first_tensor(output, name)
        except NoOutput:
            return
        if tensor.dim() > 1 and module is not network:
            found[name] = (*found.pop(name, ()), _traced(tensor, follower.of(tensor)))

    count = channels(network, size)
    with inspecting(network) as images:
        try:
            follow(network, images(count, size), ended)
        except Exception as error:  # a forward method may do anything
            raise FieldError(
                f"{type(network).__name__} does not run on images of {points(size)} ({first_line(error)})"
            ) from None
    return found


def points(size: Span) -> str:
    """The size of images in words."""
    return f"{size[0]} points" if size[0] == size[1] else f"{size} points"


def _traced(tensor: Tensor, bounds: Bounds | None) -> Traced:
    shape = tuple(tensor.shape[1:])
    if bounds is None:
        return Traced(shape, usual_axis(shape), None, _CONSTANTS)
    if bounds.unknown:
        return Traced(shape, usual_axis(shape), None, bounds.unknown)
    axis = _unit_axis(bounds.unit, shape)
    if tensor.shape[0] != 1:
        return Traced(shape, axis, None, "a change of axes: its first axis is not that of images")
    return Traced(shape, axis, _field(bounds, axis, shape), "")


def _unit_axis(unit: Tensor, shape: tuple[int, ...]) -> int:
    """The axis along which the numbers of units differ."""
    numbers = compact(unit)
    low, high = numbers, numbers.where(numbers.isfinite(), -1)
    axes = [
        axis
        for axis in range(1, numbers.dim())
        if numbers.shape[axis] > 1 and bool((high.amax(axis) > low.amin(axis)).any())
    ]
    return axes[0] if len(axes) == 1 else usual_axis(shape)


def _field(bounds: Bounds, axis: int, shape: tuple[int, ...]) -> ReceptiveField:
    planes = compact(bounds.planes).amin(axis + 1)[:, 0]  # (number, *position)
    planes = planes.expand(len(planes), *positions(shape, axis))
    sign = planes.new_tensor([1, -1, 1, -1] * 2).view(-1, *[1] * (planes.dim() - 1))
    numbers = (planes * sign).movedim(0, -1).numpy()  # (*position, number)
    cut, free = (
        np.nan_to_num(part, posinf=0, neginf=0).astype(np.int32) for part in (numbers[..., :4], numbers[..., 4:])
    )
    cut[~np.isfinite(numbers[..., :4]).all(-1)] = 0  # what sees nothing has the empty window
    free = free[np.isfinite(numbers[..., 4:]).all(-1)]  # (position, 4)
    height, width, top, left = 0, 0, 0, 0
    if len(free):
        height, width = (int((free[:, at + 1] - free[:, at]).max()) for at in (0, 2))
        top, left = int(free[0, 0]), int(free[0, 2])
    return ReceptiveField(cut, (height, width), _plain(bounds.jump), (top, left), bounds.exact)


def _plain(jump: Jump) -> tuple[int | Fraction, int | Fraction]:
    rows, columns = (int(value) if value.denominator == 1 else value for value in jump)
    return rows, columns
