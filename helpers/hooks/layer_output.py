"""What a layer gives for inputs, with its units in one place, whatever kind of layer it is; or one sentence."""

from __future__ import annotations

from contextlib import nullcontext

import torch
from jaxtyping import Float
from torch import Tensor, nn

from helpers.errors import BadInput, first_line
from helpers.hooks.modes import evaluating
from helpers.hooks.recording import record
from helpers.hooks.unit_axis import units_first, usual_axis


class OutputError(BadInput):
    """A layer that gives no units for these inputs, or a network that does not run on them."""


def layer_output(
    network: nn.Module,
    layer: str,
    x: Float[Tensor, "image ..."],
    *,
    call: int | str = -1,
    unit_axis: int | None = None,
    detach: bool = True,
) -> Float[Tensor, "image unit *position"]:
    """The output of a layer for inputs of the network, a copy of its own.

    The axes behind the unit are (row, column) for maps, (token) for a layer of tokens, and none for a layer such as
    that of the classes. Nothing behind the layer is run. The network is looked at in eval mode, and is as before
    afterwards.

    call: which call of a layer that runs more than once; -1 is the last.
    unit_axis: which axis of the output counts its units, the first one (images) being 0; by default what is usual for
        an output of so many axes (:mod:`helpers.hooks.unit_axis`).
    detach: without it, gradients lead back to ``x``.

    Raises UnknownLayer for a layer that the network does not have, NoOutput for one that does not run, or not as often,
    and OutputError for one that does not give units for each image, and for inputs on which the network does not run,
    such as those on another device.
    """
    if call == "all":
        raise OutputError('call = "all" gives several outputs; allowed is one call by its number, or "last"')
    try:
        gradients = torch.no_grad() if detach else nullcontext()
        with gradients, evaluating(network), record(network, [layer], call=call, stop=True, detach=detach) as outputs:
            network(x)
    except BadInput:
        raise
    except Exception as error:  # a network may do anything
        raise OutputError(_why_it_does_not_run(network, x, error)) from error
    output = outputs[layer]
    if output.dim() < 2 or len(output) != len(x):
        raise OutputError(f"the layer {layer} gives {tuple(output.shape)} for {len(x)} images, and not units for each")
    return units_first(output, usual_axis(tuple(output.shape[1:])) if unit_axis is None else unit_axis)


def _why_it_does_not_run(network: nn.Module, x: Tensor, error: Exception) -> str:
    name = type(network).__name__
    weight = next((parameter for parameter in network.parameters() if parameter.is_floating_point()), x)
    if weight.device != x.device:
        return f"{name} is on {weight.device} and the images are on {x.device}; move one of them to the other"
    if weight.dtype != x.dtype:
        return f"{name} computes in {weight.dtype} and the images are of {x.dtype}; convert one of them to the other"
    return f"{name} does not run on images of shape {tuple(x.shape)} ({first_line(error)})"


def require_unit(layer: str, unit: int, count: int) -> None:
    """Raise OutputError, with what is allowed, for a unit that a layer of so many units does not have."""
    if not 0 <= unit < count:
        raise OutputError(f"the layer {layer} has no unit {unit}; its units go from 0 to {count - 1}")


def require_position(layer: str, position: tuple[int, ...], lengths: tuple[int, ...]) -> None:
    """Raise OutputError, with what is allowed, for a position that is not in a layer of these rows and columns."""
    if len(position) == len(lengths) and all(0 <= place < n for place, n in zip(position, lengths, strict=True)):
        return
    names = {1: ["tokens"], 2: ["rows", "columns"]}.get(len(lengths), [f"axis {i}" for i in range(len(lengths))])
    ranges = ", ".join(f"{name} from 0 to {n - 1}" for name, n in zip(names, lengths, strict=True))
    allowed = f"its positions are {ranges}" if lengths else "it has none"
    raise OutputError(f"the layer {layer} has no position {position or None}; {allowed}")
