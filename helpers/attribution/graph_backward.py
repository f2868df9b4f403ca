"""The ways back through any network: autograd, with the rule of the method at every rectifier.

GRADIENT is autograd's gradient. For the others the network is run with their rule put in at each call of a rectifier
(:mod:`helpers.attribution.graph_run`); what else is on the way passes signals by its derivative at the image.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from helpers.attribution.forward_pass import ForwardPass, Graph, check_method, receptive_field_windows, said
from helpers.attribution.functions import RECTIFIERS, Kind
from helpers.attribution.graph_run import Rule, run
from helpers.attribution.methods import AttributionMethod, CannotReverse, Reconstruction
from helpers.errors import first_line
from helpers.hooks.unit_axis import units_first
from helpers.randomness import generator


def attribute(
    passage: ForwardPass,
    method: AttributionMethod,
    *,
    position: tuple[int, ...] | None,
    units: Sequence[int],
    weights: Mapping[str, Tensor],
) -> Reconstruction:
    """Send units of the layer at one position back to the image; see :func:`helpers.attribution.backward.attribute`.

    Unit by unit, so that memory holds one run of the network with its graph, and the result.
    """
    graph = passage.graph
    assert graph is not None
    check_method(graph, method)
    window, *_ = receptive_field_windows(passage, position)
    rule = Rule(method.masks, method.rectify, graph.masks if method.masks else None, graph.own, weights)
    found = run(graph.network, graph.layer, graph.module, passage.image, call=graph.call, rule=rule)
    with torch.inference_mode(False):
        outputs = _at(units_first(found.output, graph.unit_axis)[0], position)
        values = _at(passage.activation, position)
        start = torch.ones_like(values) if method.start == "one" else values
        if graph.own is not None:  # the mask of the layer's own gate
            start = start * ((values > 0) & (values < (graph.gates[graph.own].end or math.inf)))
        signal = values.new_zeros(len(units), *passage.image[:, *window.slices].shape)
        bias = torch.zeros(len(units), dtype=torch.float64, device=values.device)
        for k, unit in enumerate(units):
            if start[unit] == 0:  # an inactive unit sends nothing back
                bias[k] = 0 if method.rectify else values[unit].double()
                continue
            gradient = _gradient(outputs[unit], found.image, start[unit], type(graph.network).__name__)
            signal[k] = gradient[:, *window.slices]
            if not method.rectify:
                bias[k] = values[unit].double() - (gradient.double() * passage.image.double()).sum()
    shape = (passage.image.shape[0], passage.image.shape[1], passage.image.shape[2])
    return Reconstruction(signal, window, bias.to(values), shape, graph.piecewise_linear)


def _gradient(value: Tensor, image: Tensor, start: Tensor, network: str) -> Float[Tensor, "channel height width"]:
    try:
        (gradient,) = torch.autograd.grad(value, image, start, retain_graph=True)
    except RuntimeError as error:  # such as a tensor that was needed and overwritten
        raise CannotReverse(f"{network} runs on this image, but has no gradient ({first_line(error)})") from error
    return gradient


def _at(values: Float[Tensor, " unit *place"], position: tuple[int, ...] | None) -> Float[Tensor, " unit"]:
    for index in position or ():
        values = values[:, index]
    return values


def with_masks_of(passage: ForwardPass, other: ForwardPass) -> ForwardPass:
    """The passage with the masks of another image's passage through the same network."""
    assert other.graph is not None
    return _with_masks(passage, _masks(other.graph, other.image))


def with_shuffled_masks(passage: ForwardPass, *, seed: int) -> ForwardPass:
    """The passage with its masks in a random order of their entries."""
    graph = passage.graph
    assert graph is not None
    return _with_masks(
        passage,
        [
            shuffled(mask, seed=seed, name=f"{call.layer} ({number})")
            # the first run may have passed gates behind the layer, which have no mask
            for number, (mask, call) in enumerate(zip(_masks(graph, passage.image), graph.gates, strict=False))
        ],
    )


def shuffled(mask: Bool[Tensor, "*shape"], *, seed: int, name: str) -> Bool[Tensor, "*shape"]:
    """A mask in a random order of its entries, so that equally many are open."""
    order = torch.randperm(mask.numel(), generator=generator(seed, f"mask of {name}"))
    return mask.flatten()[order.to(mask.device)].view(mask.shape)


def _with_masks(passage: ForwardPass, masks: Sequence[Tensor]) -> ForwardPass:
    graph = passage.graph
    assert graph is not None
    curved = next((call for call in graph.calls if call.kind in RECTIFIERS - {Kind.GATE}), None)
    if curved is not None:
        raise CannotReverse(f"there are no masks to replace in {said(graph.network, curved)}, which is no ReLU")
    return passage._replace(graph=dataclasses.replace(graph, masks=tuple(masks)))


def _masks(graph: Graph, image: Tensor) -> list[Tensor]:
    if graph.masks is not None:
        return list(graph.masks)
    found = run(graph.network, graph.layer, graph.module, image, call=graph.call, rule=Rule(note_masks=True))
    return [call.mask for call in found.gates if call.mask is not None]
