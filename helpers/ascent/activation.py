"""The objective of an ascent on units of a layer, one for all images or one for each: activation maximisation.

It stands apart from the other objectives because hooks bring torchvision, which signals do not need.
"""

from __future__ import annotations

import torch
from jaxtyping import Int
from torch import Tensor, nn

from helpers.ascent.errors import AscentError
from helpers.ascent.objectives import Objective
from helpers.errors import BadInput
from helpers.hooks.call_graph import first_line
from helpers.hooks.modes import evaluating
from helpers.hooks.recording import record


def activation(
    network: nn.Module, layer: str, unit: int | Int[Tensor, " image"], *, position: tuple[int, ...] | None
) -> Objective:
    """The activation of a unit of ``layer`` (probing, eq. 10): of one unit for all images, or of one for each image.

    ``position`` is (row, column) in a map, (token,) in a layer of tokens, None for a layer without positions, such as
    that of the classes. Nothing behind the layer is run. The network is looked at in eval mode, and is as before after
    each call. An image at which the unit is silent behind its ReLU has no gradient and stays where it is: give the
    layer before the ReLU.

    The objective takes images (image, channel, height, width) and gives (image). It raises UnknownLayer for a layer
    that the network does not have, and AscentError, with what is allowed, for a layer that is not run, for a unit or
    position that the layer does not have, for another number of units than of images, and for images on which the
    network does not run, such as those on another device.
    """
    units = torch.as_tensor(unit).tolist()  # a tensor made in inference mode could not be saved for the gradient

    def value(x: Tensor) -> Tensor:
        try:
            with evaluating(network), record(network, [layer], stop=True, detach=False) as outputs:
                network(x)
        except BadInput:
            raise
        except Exception as error:  # a network may do anything
            raise AscentError(_why_it_does_not_run(network, x, error)) from error
        if layer not in outputs:
            raise AscentError(f"the layer {layer} is not run when the network sees an image")
        output = outputs[layer]
        if output.dim() == 3:
            output = output.movedim(-1, 1)  # (image, token, unit), and units come before positions
        _require_units(units, position, layer, len(x), output.shape)
        for place in reversed(position or ()):
            output = output[..., place]
        index = torch.tensor(units, device=output.device).expand(len(output))
        return output[torch.arange(len(output), device=output.device), index]  # (image)

    return value


def _require_units(
    units: int | list[int], position: tuple[int, ...] | None, layer: str, images: int, shape: torch.Size
) -> None:
    """Refuse what is not in an output of this shape (image, unit, ...)."""
    if len(shape) < 2 or shape[0] != images:
        raise AscentError(f"the layer {layer} gives {tuple(shape)} for {images} images, and not an output for each")
    if isinstance(units, list) and len(units) != images:
        raise AscentError(f"{len(units)} units were given for {images} images: give one, or one for each image")
    for unit in units if isinstance(units, list) else [units]:
        if not 0 <= unit < shape[1]:
            raise AscentError(f"the layer {layer} has no unit {unit}; its units go from 0 to {shape[1] - 1}")
    lengths, given = shape[2:], position or ()
    if len(given) != len(lengths) or not all(0 <= place < n for place, n in zip(given, lengths, strict=True)):
        names = {1: ["tokens"], 2: ["rows", "columns"]}.get(len(lengths), [f"axis {i}" for i in range(len(lengths))])
        ranges = ", ".join(f"{name} from 0 to {n - 1}" for name, n in zip(names, lengths, strict=True))
        allowed = f"its positions are {ranges}" if lengths else "it has none, so position must be None"
        raise AscentError(f"the layer {layer} has no position {position}; {allowed}")


def _why_it_does_not_run(network: nn.Module, x: Tensor, error: Exception) -> str:
    name = type(network).__name__
    weight = next((parameter for parameter in network.parameters() if parameter.is_floating_point()), x)
    if weight.device != x.device:
        return f"{name} is on {weight.device} and the images are on {x.device}; move one of them to the other"
    if weight.dtype != x.dtype:
        return f"{name} computes in {weight.dtype} and the images are of {x.dtype}; convert one of them to the other"
    return f"{name} does not run on images of shape {tuple(x.shape)} ({first_line(error)})"
