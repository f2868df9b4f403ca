"""Which inputs make each unit of a layer most active, found while the inputs stream by.

    found = strongest_inputs(network, "relu4_3", (prepare(batch.x) for batch in images.batches(16)), count=9)
    found.number[17]  # the inputs that excite unit 17 most, by their numbers in the stream; the strongest first

All units are looked at in one pass. Only the activations of one batch are held, and of each unit the strongest so far:
memory grows with the size of a batch and with the units, not with the number of inputs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from helpers.errors import BadInput
from helpers.hooks.layer_output import layer_output


class ActivationError(BadInput):
    """Activations among which no strongest can be told."""


class Strongest(NamedTuple):
    """The strongest inputs of every unit, the strongest first; among equals the first of the stream."""

    value: Float[Tensor, "unit rank"]  # the largest activation on the input
    number: Int[Tensor, "unit rank"]  # of the input in the stream, from 0
    position: Int[Tensor, "unit rank axis"]  # where: (row, column) in a map, (token,), or nothing for class units


def strongest_inputs(
    network: nn.Module,
    layer: str,
    batches: Iterable[Tensor],
    *,
    count: int,
    call: int | str = -1,
    unit_axis: int | None = None,
) -> Strongest:
    """The ``count`` inputs of a stream that activate each unit of a layer most, each input counted once.

    batches: inputs of the network, (image, channel, height, width), some at a time. They may differ in size.
    call, unit_axis: of the layer, as in :func:`helpers.hooks.layer_output.layer_output`.

    The result has fewer ranks where the stream has fewer inputs, and lies where the network computes.

    The network is looked at in eval mode, and is as before afterwards. Raises what
    :func:`helpers.hooks.layer_output.layer_output` does, and ActivationError for a stream without inputs, a count below
    1, and an activation that is not finite.
    """
    kept = StrongestInputs(count)
    for batch in batches:
        kept.add(layer_output(network, layer, batch, call=call, unit_axis=unit_axis))
    return kept.found()


class StrongestInputs:
    """Keeps the ``count`` strongest inputs of every unit.

    first_unit: the number of the first unit, in sentences. Raises ActivationError for a count below 1.
    """

    def __init__(self, count: int, *, first_unit: int = 0) -> None:
        if not isinstance(count, int) or count < 1:
            raise ActivationError(f"count = {count!r} must be at least 1, and a whole number")
        self.count, self.first_unit = count, first_unit
        self.seen = 0
        self._best: Strongest | None = None

    def add(self, activation: Float[Tensor, "image unit *position"]) -> None:
        """Take in the activations of the next inputs.

        Raises ActivationError, naming the unit and the input, for a largest activation that is not finite.
        """
        places = activation.flatten(2) if activation.dim() > 2 else activation[:, :, None]  # (image, unit, place)
        peaks = places.amax(2).T  # (unit, image)
        self._require_finite(peaks)
        numbers = torch.arange(self.seen, self.seen + len(activation), device=activation.device).expand(peaks.shape)
        before = self._best or _none(activation)
        order = torch.cat([before.value, peaks], 1).sort(dim=1, descending=True, stable=True).indices[:, : self.count]
        value = torch.cat([before.value, peaks], 1).gather(1, order)
        number = torch.cat([before.number, numbers], 1).gather(1, order)
        # where on the input is asked only of the few that enter: of all, it would cost more than the maxima
        axes = before.position.shape[2]
        position = activation.new_zeros(*order.shape, axes, dtype=torch.long)  # (unit, rank, axis)
        unit, rank = (number < self.seen).nonzero(as_tuple=True)
        position[unit, rank] = before.position[unit, order[unit, rank]]
        unit, rank = (number >= self.seen).nonzero(as_tuple=True)
        place = places[number[unit, rank] - self.seen, unit].argmax(1)
        for axis, index in enumerate(torch.unravel_index(place, activation.shape[2:]) if axes else ()):
            position[unit, rank, axis] = index
        self._best = Strongest(value, number, position)
        self.seen += len(activation)

    def found(self) -> Strongest:
        """The strongest inputs so far. Raises ActivationError before the first."""
        if self._best is None:
            raise ActivationError("there are no inputs among which to find the strongest")
        return self._best

    def _require_finite(self, peaks: Tensor) -> None:
        if not peaks.isfinite().all():
            unit, image = (~peaks.isfinite()).nonzero()[0].tolist()
            value, number = peaks[unit, image].item(), self.seen + image
            raise ActivationError(
                f"unit {self.first_unit + unit} has the activation {value} on input {number}; the strongest can be "
                f"told among finite activations only"
            )


def _none(activation: Tensor) -> Strongest:
    units, axes = activation.shape[1], activation.dim() - 2
    number = torch.empty(units, 0, dtype=torch.long, device=activation.device)
    return Strongest(activation.new_empty(units, 0), number, number.new_empty(units, 0, axes))
