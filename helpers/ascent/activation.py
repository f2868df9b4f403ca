"""The objective of an ascent on units of a layer, one for all images or one for each: activation maximisation.

It stands apart from the other objectives because hooks bring torchvision, which signals do not need.
"""

from __future__ import annotations

import torch
from jaxtyping import Int
from torch import Tensor, nn

from helpers.ascent.errors import AscentError
from helpers.ascent.objectives import Objective
from helpers.hooks.layer_output import layer_output, require_position, require_unit


def activation(
    network: nn.Module,
    layer: str,
    unit: int | Int[Tensor, " image"],
    *,
    position: tuple[int, ...] | None,
    call: int | str = -1,
    unit_axis: int | None = None,
) -> Objective:
    """The activation of a unit of ``layer`` (probing, eq. 10): of one unit for all images, or of one for each image.

    ``position`` is (row, column) in a map, (token,) in a layer of tokens, None for a layer without positions, such as
    that of the classes. ``call`` says which call of a layer that runs more than once, and ``unit_axis`` which axis of
    its output counts units (:func:`helpers.hooks.layer_output.layer_output`). Nothing behind the layer is run. The
    network is looked at in eval mode, and is as before after each call. An image at which the unit is silent behind its
    ReLU has no gradient and stays where it is: give the layer before the ReLU.

    The objective takes images (image, channel, height, width) and gives (image). It raises UnknownLayer for a layer
    that the network does not have, NoOutput for one that does not run, AscentError for another number of units than of
    images, and OutputError, with what is allowed, for a unit or position that the layer does not have, and for images
    on which the network does not run.
    """
    units = torch.as_tensor(unit).tolist()  # a tensor made in inference mode could not be saved for the gradient
    where = position or ()

    def value(x: Tensor) -> Tensor:
        if isinstance(units, list) and len(units) != len(x):
            raise AscentError(f"{len(units)} units were given for {len(x)} images: give one, or one for each image")
        output = layer_output(
            network, layer, x, call=call, unit_axis=unit_axis, detach=False
        )  # (image, unit, row and column, or token, or nothing)
        for each in units if isinstance(units, list) else [units]:
            require_unit(layer, each, output.shape[1])
        require_position(layer, where, tuple(output.shape[2:]))
        for place in reversed(where):
            output = output[..., place]
        index = torch.tensor(units, device=output.device).expand(len(output))
        return output[torch.arange(len(output), device=output.device), index]  # (image)

    return value
