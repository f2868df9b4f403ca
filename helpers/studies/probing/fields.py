"""Convolutions whose receptive field is known, in images that leave room around it (probing, section 2)."""

from torch import nn

from helpers.hooks.layer_table import FieldError, Layer, layers

WIDE = 224  # pixels


def width_of_images(network: nn.Module, size: int) -> int:
    """``WIDE``, or ``size`` for a network that does not run on images so wide."""
    try:
        layers(network, WIDE)
    except FieldError:
        return size
    return WIDE


def of_known_field(network: nn.Module, size: int) -> list[Layer]:
    """The convolutions of a network whose receptive field is known and exact, in their order."""
    return [
        layer
        for layer in layers(network, size)
        if layer.kind == "Conv2d" and len(layer.positions) == 2 and layer.receptive_field is not None
    ]
