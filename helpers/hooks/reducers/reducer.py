"""What all reducers have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from helpers.hooks.reducers.responses import ActivationError, Responses


class Reducer(ABC):
    """A statistic of the responses of units, taken in some images at a time, in any order and in any parts.

    The tensors of the state have one length along the axis ``unit_axis[name]``: that of the units. Tensors without one
    are not named there.
    """

    unit_axis: Mapping[str, int]

    def __init__(self) -> None:
        self._state: dict[str, Tensor] = {}  # empty before the first images

    def settings(self) -> dict[str, Any]:
        """The arguments that make a reducer like this one, as plain JSON values."""
        return {}

    @abstractmethod
    def add(self, responses: Responses) -> None:
        """Take in the responses to some images."""

    def merge(self, other: Reducer) -> None:
        """Take in what another reducer of the same kind and units saw of other images.

        Raises ActivationError for a reducer of another kind, with other settings, or of another number of units.
        """
        ours, theirs = _shown(self), _shown(other)
        if ours != theirs:
            raise ActivationError(f"{theirs} cannot be merged into {ours}; both must be of one kind and settings")
        if self._state and other._state:
            for name, axis in self.unit_axis.items():
                units, more = self._state[name].shape[axis], other._state[name].shape[axis]
                if units != more:
                    raise ActivationError(f"statistics of {more} units cannot be merged into those of {units} units")
            other_state = {name: tensor.to(self._state[name].device) for name, tensor in other._state.items()}
            self._state = self._merged(self._state, other_state)
        elif other._state:
            self.restore(other._state)

    @abstractmethod
    def _merged(self, ours: dict[str, Tensor], theirs: dict[str, Tensor]) -> dict[str, Tensor]:
        """The state after both."""

    def state(self) -> dict[str, Tensor]:
        """All that is kept, by name; empty before the first images. What is added later may change these tensors."""
        return dict(self._state)

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a state."""
        self._state = {name: tensor.clone() for name, tensor in state.items()}

    def of_units(self, units: slice) -> Reducer:
        """The same statistic of some of the units."""
        found = type(self)(**self.settings())
        found.restore(
            {
                name: tensor.narrow(self.unit_axis[name], units.start, units.stop - units.start)
                if name in self.unit_axis
                else tensor
                for name, tensor in self._required().items()
            }
        )
        return found

    def _required(self) -> dict[str, Tensor]:
        if not self._state:
            raise ActivationError(f"{type(self).__name__} has seen no images")
        return self._state


class Sums(Reducer):
    """A reducer whose state is made of whole numbers that add up: exact, and so the same in any order."""

    def add(self, responses: Responses) -> None:
        if not self._state:
            self._state = self._zeros(responses)
        self._count(responses)

    @abstractmethod
    def _zeros(self, responses: Responses) -> dict[str, Tensor]:
        """The state before the first images, where the responses lie."""

    @abstractmethod
    def _count(self, responses: Responses) -> None:
        """Add the responses to the state, in place."""

    def _merged(self, ours: dict[str, Tensor], theirs: dict[str, Tensor]) -> dict[str, Tensor]:
        return {name: tensor + theirs[name] for name, tensor in ours.items()}


def _shown(reducer: Reducer) -> str:
    settings = ", ".join(f"{name}={value}" for name, value in reducer.settings().items())
    return f"{type(reducer).__name__}({settings})"
