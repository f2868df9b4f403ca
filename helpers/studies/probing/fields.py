"""What part of an image a unit depends on: its receptive field, and where the influence is (probing, section 2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from helpers.hooks.layer_table import FieldError, Layer, layers
from helpers.hooks.recording import record
from helpers.hooks.windows import Window

WIDE = 224  # pixels
ENERGY = 0.9  # of the gradient, within the effective receptive field


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


class Influence(NamedTuple):
    """Which pixels the units at the middle position of a layer depend on, on one image."""

    energy: Float[Tensor, "row column"]  # squared gradient, sum over the colours
    window: Window  # the receptive field, by arithmetic, cut to the image

    def outside(self) -> float:
        """Share of the image's pixels that lie outside the receptive field and have influence all the same."""
        seen = self.energy > 0
        return float((seen.sum() - seen[self.window.slices].sum()) / seen.numel())

    def inside(self) -> Bool[Tensor, "row column"]:
        """Which pixels of the receptive field have influence."""
        return self.energy[self.window.slices] > 0


def influences(
    network: nn.Module, listed: Sequence[Layer], inputs: Float[Tensor, "1 channel row column"], *, seed: int
) -> dict[str, Influence]:
    """The influence of the pixels on the middle position of each layer, by the layer's name.

    The gradient is that of all units of the position at once, each times a random number of the seed.
    """
    generator = torch.Generator().manual_seed(seed)
    inputs = inputs.detach().requires_grad_()
    with record(network, [layer.name for layer in listed], stop=True, detach=False) as outputs:
        network(inputs)
    found = {}
    for layer in listed:
        output = outputs[layer.name]
        row, column = (points // 2 for points in layer.shape[1:])
        assert layer.receptive_field is not None  # those that are listed have one
        mixed = (output[0, :, row, column] * torch.randn(layer.shape[0], generator=generator).to(output)).sum()
        (gradient,) = torch.autograd.grad(mixed, inputs, retain_graph=True)
        window = layer.receptive_field.window(row, column)
        found[layer.name] = Influence(gradient[0].square().sum(dim=0).cpu(), window)
    return found


def effective_side(influence: Influence) -> int:
    """Side of the smallest square around the middle of the receptive field that holds ``ENERGY`` of the gradient."""
    energy = influence.energy[influence.window.slices].double()
    rows, columns = (torch.arange(points) - (points - 1) / 2 for points in energy.shape)
    distance = torch.maximum(rows.abs()[:, None], columns.abs()[None, :]).flatten()
    order = distance.argsort()
    held = energy.flatten()[order].cumsum(0)
    first = int((held >= ENERGY * held[-1]).nonzero()[0])
    return int(2 * distance[order[first]] + 1)
