"""The objective of an ascent on units of a layer, one for all images or one for each: activation maximisation.

It stands apart from the other objectives because hooks bring torchvision, which signals do not need.
"""

from __future__ import annotations

import torch
from jaxtyping import Int
from torch import Tensor, nn

from helpers.ascent.objectives import Objective
from helpers.hooks.recording import record


def activation(
    network: nn.Module, layer: str, unit: int | Int[Tensor, " image"], *, position: tuple[int, int] | None
) -> Objective:
    """The activation of a unit of ``layer`` (probing, eq. 10): of one unit for all images, or of one for each image.

    ``position`` is (row, column), None for a layer without spatial dimensions. Nothing behind the layer is run, and
    the network is as before after each call. An image at which the unit is silent behind its ReLU has no gradient and
    stays where it is: give the layer before the ReLU.

    The objective takes images (image, channel, height, width) and gives (image). It raises UnknownLayer for a layer
    that the network does not have, ValueError for a layer that is not run, for a unit or position that the layer does
    not have, and for another number of units than of images.
    """
    units = torch.as_tensor(unit)

    def value(x: Tensor) -> Tensor:
        with record(network, [layer], stop=True, detach=False, clone=False) as outputs:
            network(x)
        if layer not in outputs:
            raise ValueError(f"the layer {layer} is not run when the network sees an image")
        output = outputs[layer]  # (image, unit) or (image, unit, row, column)
        _require_units(units, position, layer, output.shape)
        index = units.to(output.device).expand(len(output))
        return output[(torch.arange(len(output), device=output.device), index, *(position or ()))]  # (image)

    return value


def _require_units(units: Tensor, position: tuple[int, int] | None, layer: str, shape: torch.Size) -> None:
    """Refuse what is not in an output of this shape (image, unit, ...)."""
    images, inner = shape[0], shape[1:]
    if units.dim() and len(units) != images:
        raise ValueError(f"{len(units)} units were given for {images} images: give one, or one for each image")
    for unit in units.reshape(-1).tolist():
        index = (unit, *(position or ()))
        if len(index) != len(inner) or not all(0 <= i < n for i, n in zip(index, inner, strict=True)):
            raise ValueError(f"unit {unit} at {position} is none of the layer {layer}, whose shape is {tuple(inner)}")
