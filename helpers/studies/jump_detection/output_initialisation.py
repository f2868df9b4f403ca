"""The same networks with different output layers before training (jump detection study, section 4.3.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from helpers.models.stacks.perceptron import Perceptrons, StackedLinear
from helpers.studies.jump_detection import output_layers
from helpers.studies.jump_detection.output_layers import OutputLayer


def output_initialisations(
    networks: Perceptrons, noise_free: Float[Tensor, "class time"], *, noise_std: float, random: torch.Generator
) -> dict[str, OutputLayer]:
    """Output layers for untrained networks with one hidden layer, by the name of the method.

    networks: the untrained networks.
    noise_free: the signal of each class without noise. The output layers follow from the hidden activations for these.
    noise_std: the standard deviation of the noise in a signal.
    random: draws the weights of "same-norm".

    "pseudo-inverse" is the least-squares layer of eq. 4.2. "same-norm" has normal weights with the norm of that layer,
    and no bias. "pseudo-inverse, usual norm" is the least-squares layer, scaled to the norm of the networks' own output
    layer. "nearest point" would be the best output layer for Gaussian noise if the hidden layer had no ReLU.
    """
    first, last = (cast(StackedLinear, networks.layers[place]) for place in (0, -1))
    points = networks.activations(noise_free.expand(len(networks.seeds), -1, -1))[0]  # (seed, class, unit)
    usual = OutputLayer(last.weight, last.bias)
    inverse = output_layers.least_squares(points)
    chance = torch.randn(usual.weight.shape, generator=random).to(usual.weight)
    covariance = noise_std**2 * first.weight.mT @ first.weight
    return {
        "pseudo-inverse": inverse,
        "same-norm": OutputLayer(chance * _norm(inverse) / chance.norm(dim=(1, 2), keepdim=True), usual.bias),
        "pseudo-inverse, usual norm": _rescaled(inverse, _norm(usual)),
        "nearest point": output_layers.nearest_point(points, covariance),
    }


def with_outputs(networks: Perceptrons, outputs: Mapping[str, OutputLayer]) -> Perceptrons:
    """One stack with a copy of the networks for each of the output layers, in this order."""
    stack = networks.select(list(range(len(networks.seeds))) * len(outputs))
    last = cast(StackedLinear, stack.layers[-1])
    last.weight.copy_(torch.cat([layer.weight for layer in outputs.values()]))
    last.bias.copy_(torch.cat([layer.bias for layer in outputs.values()]))
    return stack


def epochs_until(
    loss: Float[Tensor, "*networks epoch"], target: Float[Tensor, "*#networks"]
) -> Float[Tensor, "*networks"]:
    """The first epoch, counted from 1, whose loss is at most the target; the number of epochs if there is none."""
    reached = loss <= target.unsqueeze(-1)
    first = reached.double().argmax(dim=-1) + 1.0
    return torch.where(reached.any(dim=-1), first, float(loss.shape[-1]))


def up_to(
    curves: Mapping[str, Float[Tensor, "network epoch"]], target: Float[Tensor, " network"]
) -> dict[str, Float[Tensor, "network longest"]]:
    """The losses of each network up to the epoch whose loss is at most the target, then NaN; all of one length."""
    longest = max(loss.shape[1] for loss in curves.values())
    padded = {
        name: functional.pad(loss, (0, longest - loss.shape[1]), value=torch.nan) for name, loss in curves.items()
    }
    epoch = torch.arange(1, longest + 1)
    return {
        name: loss.masked_fill(epoch > epochs_until(loss, target).unsqueeze(1), torch.nan)
        for name, loss in padded.items()
    }


def _norm(layer: OutputLayer) -> Float[Tensor, "seed 1 1"]:
    return layer.weight.norm(dim=(1, 2), keepdim=True)


def _rescaled(layer: OutputLayer, norm: Float[Tensor, "seed 1 1"]) -> OutputLayer:
    # the norm is 0 if no noise-free signal activates the hidden layer
    factor = torch.where(_norm(layer) > 0, norm / _norm(layer), 1.0)
    return OutputLayer(layer.weight * factor, layer.bias * factor.squeeze(-1))
