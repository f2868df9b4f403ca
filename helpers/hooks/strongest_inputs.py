"""Which inputs make each unit of a layer most active, found while the inputs stream by.

    found = strongest_inputs(network, "relu4_3", (prepare(batch.x) for batch in images.batches(16)), count=9)
    found.number[17]  # the inputs that excite unit 17 most, by their numbers in the stream; the strongest first

All units are looked at in one pass. Only the activations of one batch are held, and of each unit the strongest so far:
memory grows with the size of a batch and with the units, not with the number of inputs.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from helpers.hooks.layer_output import layer_output
from helpers.hooks.reducers.extremes import Extremes, Ranked
from helpers.hooks.reducers.responses import ActivationError, Activations, Responses, require_finite


def strongest_inputs(
    network: nn.Module,
    layer: str,
    batches: Iterable[Tensor],
    *,
    count: int,
    call: int | str = -1,
    unit_axis: int | None = None,
) -> Ranked:
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
    """Keeps the ``count`` strongest inputs of every unit of a layer.

    first_unit: the number of the first unit, in sentences. Raises ActivationError for a count below 1.
    """

    def __init__(self, count: int, *, first_unit: int = 0) -> None:
        self._kept, self.first_unit = Extremes(count), first_unit
        self.seen = 0

    def add(self, activation: Float[Tensor, "image unit *position"]) -> None:
        """Take in the activations of the next inputs.

        Raises ActivationError, naming the unit and the input, for a largest activation that is not finite.
        """
        activations = Activations(activation)
        value = activations.response()
        require_finite(
            value,
            unit_name=lambda unit: f"unit {self.first_unit + unit}",
            image_name=lambda image: f"input {self.seen + image}",
        )
        number = torch.arange(self.seen, self.seen + len(value), device=value.device)
        position = activations.positions(self._kept.asks(value, number, slice(None)))
        self._kept.add(Responses(value, position, number, label=torch.zeros_like(number)))
        self.seen += len(value)

    def found(self) -> Ranked:
        """The strongest inputs so far. Raises ActivationError before the first."""
        if not self.seen:
            raise ActivationError("there are no inputs among which to find the strongest")
        return self._kept.found()
