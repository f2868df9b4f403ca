"""Are the ways back carried out rightly, and what do transposes and biases do? (probing, section 3, eqs. 4 to 9)"""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import torch
from captum.attr import NeuronDeconvolution, NeuronGradient
from jaxtyping import Float
from torch import Tensor, nn

from helpers.attribution.backward import DECONVNET, GRADIENT, attribute
from helpers.attribution.forward_pass import ForwardPass
from helpers.hooks.names import named_layer
from helpers.metrics.activations import Position
from helpers.metrics.similarity import cosine
from helpers.models.initialisation import copied

_SIDE = 16  # of the noise that goes through a convolution and back, in pixels


class Gaps(NamedTuple):
    """Differences from what must be equal; None where there is nothing to compare with."""

    gradient: float  # our gradient and Captum's
    affine: float | None  # gradient times image plus bias, and the activation
    deconvnet: float | None  # our deconvnet and Captum's
    outside: float  # share of entries other than 0 that Captum gives outside of our receptive field


def gaps(network: nn.Module, passage: ForwardPass, position: Position, *, unit_axis: int, deconvnet: bool) -> Gaps:
    """Compare the ways back from one activation with Captum, an independent library.

    unit_axis: of the layer's output. deconvnet: whether that has a meaning for the layer.
    """
    image = passage.image
    activation = float(passage.activation[position.indices])
    index = list(position.place)
    index.insert(unit_axis - 1, position.unit)
    layer = named_layer(network, passage.layer)
    exact = attribute(passage, GRADIENT, position=position.spatial, units=[position.unit])
    inputs = image[None].clone().requires_grad_()
    slope = NeuronGradient(network, layer).attribute(inputs, tuple(index)).detach()
    inside = exact.receptive_field.slices
    total = float((exact.signal[0] * image[:, *inside]).sum() + exact.bias[0])
    pictures, between = [slope], None
    if deconvnet and _captum_sees_all(passage):
        back = attribute(passage, DECONVNET, position=position.spatial, units=[position.unit], rectify_image=False)
        theirs = NeuronDeconvolution(network, layer).attribute(inputs, tuple(index)).detach() * activation
        between = _largest_gap(back.full(), theirs)
        pictures.append(theirs)
    gradient = _largest_gap(exact.full(), slope)
    for picture in pictures:
        picture[..., *inside] = 0
    return Gaps(
        gradient,
        abs(total / activation - 1 if activation else total) if exact.piecewise_linear else None,
        between,
        float((torch.cat(pictures) != 0).float().mean()),
    )


def _captum_sees_all(passage: ForwardPass) -> bool:
    """Whether every rectifier on the way is a layer ReLU: Captum's deconvnet passes by all others."""
    if passage.graph is None:
        return True
    layers = [passage.graph.network.get_submodule(call.layer) for call in passage.graph.gates]
    return all(isinstance(layer, nn.ReLU) for layer in layers)


def _largest_gap(ours: Tensor, theirs: Tensor) -> float:
    """Largest difference over the largest entry."""
    return float((ours - theirs).abs().max() / theirs.abs().max().clamp(min=1e-12))


def not_returned(conv: nn.Conv2d, *, random: torch.Generator) -> Float[Tensor, ""]:
    """Share of the energy of noise that the transpose of a convolution does not give back as it was."""
    reach = max(d * (k - 1) + 1 for k, d in zip(conv.kernel_size, conv.dilation, strict=True))
    side = max(_SIDE, reach)
    noise = torch.randn(1, conv.in_channels, side, side, generator=random).to(conv.weight).requires_grad_()
    bias = 0 if conv.bias is None else conv.bias.detach()[:, None, None]
    with torch.enable_grad():
        there = conv(noise) - bias
    (back,) = torch.autograd.grad(there, noise, there.detach())
    return 1 - cosine(back.flatten(), noise.detach().flatten()).square()


def with_random_biases(passage: ForwardPass) -> ForwardPass | None:
    """The passage with other biases in its convolutions; None where none has a bias, or that is no chain of layers."""
    biased = [isinstance(one.module, nn.Conv2d) and one.module.bias is not None for one in passage.stages]
    if passage.graph is not None or not any(biased):
        return None
    return passage._replace(
        stages=tuple(
            dataclasses.replace(one, module=_rebiased(one.module)) if has_bias else one
            for one, has_bias in zip(passage.stages, biased, strict=True)
        )
    )


def _rebiased(conv: nn.Module) -> nn.Module:
    other = copied(conv)
    with torch.no_grad():
        other.bias.normal_()  # type: ignore[operator]
    return other
