"""The choice of a unit and of a position in a layer, with which the pages on single activations begin.

A layer gives (unit, row, column), (unit, token) or, for classes and the like, (unit) alone.
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float, Shaped
from torch import Tensor

from helpers.errors import BadInput

Place = tuple[int, ...]  # (row, column), (token,), or () for a unit without positions


class Position(NamedTuple):
    """One activation of a layer: its unit, and where."""

    unit: int
    place: Place

    @property
    def spatial(self) -> Place | None:
        """As ways back and ascents take it: None for a unit without positions."""
        return self.place or None

    @property
    def indices(self) -> tuple[int, ...]:
        """Of the activation in what the layer gives for one image: (unit, row, column)."""
        return (self.unit, *self.place)

    def __str__(self) -> str:
        return f"unit {self.unit}{in_words(self.place)}"


def in_words(place: Place) -> str:
    """ " at row 3, column 4"; nothing for a unit without positions."""
    names = {1: ("token",), 2: ("row", "column")}.get(len(place), tuple(f"axis {k}" for k in range(len(place))))
    parts = [f"{name} {number}" for name, number in zip(names, place, strict=True)]
    return f" at {', '.join(parts)}" if parts else ""


def strongest(activation: Float[Tensor, " unit *position"], *, unit: int | None = None) -> Position:
    """The position at which an image activates a unit most.

    unit: the unit; None takes the one with the largest activation.

    Raises BadInput for a unit that the layer does not have.
    """
    require_unit(unit, len(activation))
    flat = activation.reshape(len(activation), -1)
    chosen = int(flat.amax(dim=1).argmax()) if unit is None else unit
    return Position(chosen, _place(int(flat[chosen].argmax()), activation.shape[1:]))


def require_unit(unit: int | None, count: int) -> None:
    """Raise BadInput for a unit that a layer of ``count`` units does not have."""
    if unit is not None and not 0 <= unit < count:
        raise BadInput(f"There is no unit {unit}; the layer's units go from 0 to {count - 1}, auto is the strongest.")


def most_active_position(activation: Float[Tensor, " unit *position"]) -> Place:
    """The position at which most units are active; among several, the one nearest to the middle."""
    counts = (activation > 0).sum(dim=0)
    if not counts.dim():
        return ()
    offsets = torch.meshgrid(
        *(torch.arange(n, device=counts.device) - (n - 1) / 2 for n in counts.shape), indexing="ij"
    )
    distance = torch.hypot(*offsets) if len(offsets) == 2 else torch.stack(offsets).norm(dim=0)
    nearness = 1 - distance / sum(counts.shape)  # 0 to 1: decides only equal counts
    return _place(int((counts + nearness).argmax()), counts.shape)


def at(activations: Shaped[Tensor, "image unit *position"], place: Place) -> Shaped[Tensor, "image unit"]:
    """What every unit gives at one position, image by image."""
    for number in reversed(place):
        activations = activations[..., number]
    return activations


def as_planes(activation: Float[Tensor, " unit *position"]) -> Float[Tensor, "unit row column"]:
    """Activations as pictures: rows and columns as they are; tokens in a square, without the first if it is one more.

    Tokens that make no square, with or without the first, are one row.
    """
    if activation.dim() == 3:
        return activation
    flat = activation.reshape(len(activation), -1)
    count = flat.shape[1]
    for own in (0, 1):  # a class token stands first
        side = math.isqrt(count - own)
        if side > 1 and side * side == count - own:
            return flat[:, own:].unflatten(1, (side, side))
    return flat[:, None]


def _place(index: int, shape: tuple[int, ...]) -> Place:
    place = []
    for length in reversed(shape):
        place.append(index % length)
        index //= length
    return tuple(reversed(place))
