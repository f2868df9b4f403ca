"""The images to which each unit responds most, or least."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from helpers.hooks.reducers.reducer import Reducer
from helpers.hooks.reducers.responses import ActivationError, Responses

_NUMBER_BITS = 31
_LAST = 2**_NUMBER_BITS - 1  # the largest number that an image can have
_MAGNITUDE = 2**31 - 1  # the bits of a float32 without its sign


class Ranked(NamedTuple):
    """The images of every unit in order: the strongest (or weakest) first, among equals the smallest number first."""

    value: Float[Tensor, "unit rank"]  # the response
    number: Int[Tensor, "unit rank"]  # of the image in the list of all, from 0
    position: Int[Tensor, "unit rank axis"]  # where the unit is most active: (row, column), (token,), or nothing


class Extremes(Reducer):
    """Keeps the ``count`` images to which each unit responds most, or least with ``weakest``.

    positions: keep where on the image the unit is most active.

    Response and number of an image make one whole number, larger for a larger response and, among equal responses, for
    a smaller number of the image. No two are equal, so the ``count`` largest are the same in whatever order images
    come.

    Raises ActivationError for a count below 1.
    """

    unit_axis = {"key": 0, "position": 0}  # noqa: RUF012 (never changed)

    def __init__(self, count: int, *, weakest: bool = False, positions: bool = True) -> None:
        if not isinstance(count, int) or count < 1:
            raise ActivationError(f"count = {count!r} must be at least 1, and a whole number")
        super().__init__()
        self.count, self.weakest, self.positions = count, weakest, positions

    def settings(self) -> dict[str, Any]:
        return {"count": self.count, "weakest": self.weakest, "positions": self.positions}

    def asks(
        self, value: Float[Tensor, "image unit"], number: Int[Tensor, " image"], units: slice
    ) -> Bool[Tensor, "image unit"]:
        """For which of these responses of the units ``units`` the position may be needed: those that may be kept."""
        if not self.positions or not self._is_full():
            return torch.full_like(value, self.positions, dtype=torch.bool)
        least = self._state["key"][units, -1]  # (unit)
        return self._key(value, number) > least

    def add(self, responses: Responses) -> None:
        key = self._key(responses.value, responses.number)  # (image, unit)
        position = responses.position if self.positions else responses.position[:, :, :0]
        new = {"key": key.T, "position": position.transpose(0, 1)}
        if self._is_full():  # most units have nothing new to keep
            some = (key > self._state["key"][:, -1]).any(0).nonzero().flatten()
            kept = self._best(
                {name: torch.cat([self._state[name][some], tensor[some]], 1) for name, tensor in new.items()}
            )
            for name, tensor in kept.items():
                self._state[name][some] = tensor
        elif self._state:
            self._state = self._merged(self._state, new)
        else:
            self._state = self._best(new)

    def found(self) -> Ranked:
        """The images so far. Raises ActivationError before the first."""
        key, position = (self._required()[name] for name in ("key", "position"))
        ordered = key >> _NUMBER_BITS
        bits = torch.where(ordered < 0, ordered ^ _MAGNITUDE, ordered).int()
        value = bits.view(torch.float32)
        return Ranked(-value + 0.0 if self.weakest else value, _LAST - (key & _LAST), position.clone())

    def _is_full(self) -> bool:
        return bool(self._state) and self._state["key"].shape[1] == self.count

    def _key(self, value: Tensor, number: Tensor) -> Tensor:
        """One whole number for each response; the order of numbers is that of the images."""
        value = (-value if self.weakest else value) + 0.0  # no negative zero
        bits = value.contiguous().view(torch.int32).long()
        ordered = torch.where(bits < 0, bits ^ _MAGNITUDE, bits)  # as whole numbers, in the order of the floats
        return (ordered << _NUMBER_BITS) | (_LAST - number[:, None])

    def _merged(self, ours: dict[str, Tensor], theirs: dict[str, Tensor]) -> dict[str, Tensor]:
        return self._best({name: torch.cat([tensor, theirs[name]], 1) for name, tensor in ours.items()})

    def _best(self, state: dict[str, Tensor]) -> dict[str, Tensor]:
        key, order = state["key"].topk(min(self.count, state["key"].shape[1]), dim=1)
        axes = state["position"].shape[2]
        return {"key": key, "position": state["position"].gather(1, order[:, :, None].expand(-1, -1, axes))}
