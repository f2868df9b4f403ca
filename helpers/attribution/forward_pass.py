"""One forward pass of an image up to a layer, with all that the way back to the image needs.

A chain of layers leaves masks, switches and shapes (:mod:`helpers.attribution.chain`): the way back is fast, and exact
to the last bit. Any other network is run again for the way back, with autograd (:mod:`helpers.attribution.graph_run`):
residual sums, concatenations, normalisation, attention, functions in the place of layers, networks that cannot be
traced.
"""

from __future__ import annotations

import dataclasses
from functools import cached_property
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from helpers.attribution.chain import NoChain, Stage, follow, windows_below
from helpers.attribution.functions import PIECEWISE_LINEAR, Kind
from helpers.attribution.graph_run import WEIGHTED, FunctionCall, Run, run
from helpers.attribution.methods import AttributionMethod, CannotReverse
from helpers.errors import BadInput
from helpers.hooks.input_channels import channels
from helpers.hooks.names import named_layer, unwrapped
from helpers.hooks.receptive_fields import FieldError, ReceptiveField, Traced, trace
from helpers.hooks.unit_axis import units_first, usual_axis
from helpers.hooks.windows import Span, Window, pair

__all__ = [
    "CannotReverse",
    "ForwardPass",
    "Graph",
    "blank_image",
    "check_method",
    "check_position",
    "forward",
    "receptive_field_windows",
    "refusal",
    "said",
]


# Functions behind which units may lie on the last axis of a plane.
_LAST_AXIS = frozenset({"linear", "layer_norm", "rms_norm", "permute", "transpose", "movedim", "moveaxis", "einsum"})


@dataclasses.dataclass(frozen=True, eq=False)
class Graph:
    """How to run a network again up to one call of a layer, and what was on the way.

    The network is looked at again on the way back: it must not have changed in between.
    """

    network: nn.Module
    layer: str
    module: nn.Module
    call: int
    calls: tuple[FunctionCall, ...]  # of functions, on the way from the image to the layer
    gates: tuple[FunctionCall, ...]  # all that were called before the layer, on the way or not
    own: int | None  # the number of the gate whose output the layer gives; None for another layer
    opaque: str  # a part of the network whose functions cannot be seen, or ""
    unit_axis: int  # of what the layer gives; axis 0 counts images
    size: Span  # rows and columns of the image
    masks: tuple[Bool[Tensor, ...], ...] | None = None  # that replace those of the gates on the way back

    @property
    def piecewise_linear(self) -> bool:
        """Whether all on the way is linear part by part."""
        return not self.opaque and all(call.kind in PIECEWISE_LINEAR for call in self.calls)

    @property
    def weighted(self) -> tuple[str, ...]:
        """Names of the convolutions and linear layers on the way."""
        names = dict.fromkeys(call.layer for call in self.calls if call.layer)
        return tuple(name for name in names if isinstance(self.network.get_submodule(name), WEIGHTED))

    @cached_property
    def field(self) -> ReceptiveField | None:
        """Which pixels the layer's units see; None where that cannot be told."""
        traced = _traced(self.network, self.module, self.call, self.size)
        return None if traced is None else traced.receptive_field


class ForwardPass(NamedTuple):
    """A forward pass of one image up to ``layer``."""

    layer: str
    stages: tuple[Stage, ...]  # of a chain, the last that of the layer; () for other networks
    image: Float[Tensor, "channel height width"]
    activation: Float[Tensor, " unit *position"]  # what the layer gives, its units first
    graph: Graph | None = None  # None for a chain


def forward(network: nn.Module, layer: str, image: Tensor, *, call: int = -1) -> ForwardPass:
    """Send one image through the network up to ``layer`` and keep what the way back needs.

    image: floats, (channel, height, width), as the network takes them.
    The layer goes by its name in ``network.named_modules()``. Of a convolution the pre-activations are the units, of a
    ReLU the activations behind it; a block of layers is a layer, too. Of a layer that gives out several tensors the
    first counts.
    call: which call of a layer that runs more than once: 0 is the first, -1 the last.

    The network is as before, also after an exception. What lies behind the layer decides nothing.

    Raises UnknownLayer, with the nearest names, for a layer that the network does not have, and CannotReverse for one
    that does not run, or not as often; for an image of another type, or on another device, than the network's weights;
    for a network that does not run on the image; and for one that depends on chance on the way (training mode).
    """
    asked, network = named_layer(network, layer), unwrapped(network)
    _check_image(network, image)
    try:
        stages, activation = follow(network, asked, image, call=call)
    except NoChain:
        found = run(network, layer, asked, image, call=call)
        graph = _graph(network, layer, asked, found, (image.shape[-2], image.shape[-1]))
        return ForwardPass(layer, (), image.detach(), units_first(found.value, graph.unit_axis)[0], graph)
    return ForwardPass(layer, stages, image.detach(), activation)


def refusal(network: nn.Module, layer: str, method: AttributionMethod, size: int | Span, *, call: int = -1) -> str:
    """Why units of a layer cannot be sent back by this method on images of this size: one sentence, "" if they can.

    Cheap: one image is sent to the layer, and nothing back.
    """
    try:
        passage = forward(network, layer, blank_image(network, size), call=call)
        if passage.graph is not None:
            check_method(passage.graph, method)
    except BadInput as error:
        return str(error)
    return ""


def check_method(graph: Graph, method: AttributionMethod) -> None:
    """Raise CannotReverse, with the reason, where a method has no meaning for what is on the way.

    Signals pass what is no rectifier by its derivative. The gradient has no rule but this. Guided backpropagation
    rectifies what arrives at every rectifier, curved ones such as GELU included, before the derivative. A deconvnet
    does without the image there: it needs rectifiers that pass what they pass as it is, and between them nothing but
    linear functions, pooling and normalisation.
    """
    if method.rectify and graph.opaque:
        raise CannotReverse(f"{method} needs to see every rectifier, and {graph.opaque} does not show its functions")
    if method.masks:
        return
    allowed = {Kind.LINEAR, Kind.GATE, Kind.NORMALISATION}
    barrier = next((call for call in graph.calls if call.kind not in allowed), None)
    if barrier is not None:
        why = "multiplies two signals of the image" if barrier.kind is Kind.PRODUCT else "is neither linear nor a ReLU"
        raise CannotReverse(
            f"{method} has no meaning for {graph.layer}: on the way to it, {said(graph.network, barrier)} {why}"
        )


def _check_image(network: nn.Module, image: Tensor) -> None:
    if not isinstance(image, Tensor) or image.dim() != 3 or not image.is_floating_point():
        tensor = isinstance(image, Tensor)
        given = f"a tensor of shape {tuple(image.shape)} and type {image.dtype}" if tensor else type(image).__name__
        raise CannotReverse(f"an image is a tensor of floats, (channel, height, width), not {given}")
    weight = next((each for each in network.parameters() if each.is_floating_point()), None)
    if weight is not None and (weight.dtype, weight.device) != (image.dtype, image.device):
        raise CannotReverse(
            f"the image is {image.dtype} on {image.device}, the network {weight.dtype} on {weight.device}; bring one "
            "to the other (.to)"
        )


def _graph(network: nn.Module, layer: str, module: nn.Module, found: Run, size: Span) -> Graph:
    chance = next((call for call in found.calls if call.kind is Kind.CHANCE), None)
    if chance is not None:
        mode = network.get_submodule(chance.layer).training
        why = "is in training mode; call network.eval()" if mode else "depends on chance, or on the batch"
        raise CannotReverse(f"{said(network, chance)} {why}")
    if not found.output.requires_grad:
        raise CannotReverse(f"the layer {layer} does not depend on the image, or has no gradient")
    if found.value.dim() < 2 or len(found.value) != 1:
        raise CannotReverse(
            f"the layer {layer} gives {tuple(found.value.shape)} for one image; its units cannot be told"
        )
    axis = usual_axis(tuple(found.value.shape[1:]))
    if found.value.dim() > 3 and any(call.function in _LAST_AXIS for call in found.calls):
        traced = _traced(network, module, found.call, size)
        axis = axis if traced is None else traced.unit_axis
    return Graph(network, layer, module, found.call, found.calls, found.gates, found.own, found.opaque, axis, size)


def _traced(network: nn.Module, module: nn.Module, call: int, size: Span) -> Traced | None:
    """What is known of a call of a layer without an image; None where the network cannot be followed."""
    names = [name for name, each in network.named_modules() if each is module]
    try:
        calls = trace(network, size).get(names[0], ())
    except FieldError:
        return None
    return calls[call] if call < len(calls) else None


def said(network: nn.Module, call: FunctionCall) -> str:
    """A call in words: "the layer 3 (GELU)", or "the function mul in layer4"."""
    module = network.get_submodule(call.layer)
    if call.layer and next(module.children(), None) is None:
        return f"the layer {call.layer} ({type(module).__name__})"
    return f"the function {call.function} in {call.layer or type(network).__name__}"


def blank_image(network: nn.Module, size: int | Span) -> Float[Tensor, "channel height width"]:
    """An image of zeros that the network takes."""
    like = next((each for each in unwrapped(network).parameters() if each.is_floating_point()), torch.empty(0))
    return torch.zeros(channels(network, size), *pair(size), device=like.device, dtype=like.dtype)


def receptive_field_windows(passage: ForwardPass, position: tuple[int, ...] | None) -> tuple[Window, ...]:
    """The receptive field of one position of the layer in every plane of a chain: the image first, the layer last.

    position: (row, column) in the layer, or None for a layer without positions.

    Entry i lies in the plane that stage i takes; a plane without spatial dimensions has Window(0, 1, 0, 1). Windows are
    cut at the borders of the planes, padding is no part of them; one that lies in the padding altogether is empty. Of
    another network there is the window in the image alone, which is the whole image where it cannot be told.

    Raises BadInput for a position outside the layer.
    """
    check_position(passage, position)
    if passage.graph is not None:
        _, height, width = passage.image.shape
        field = passage.graph.field
        return (Window(0, height, 0, width) if field is None else field.window(*(position or ())),)
    row, column = (0, 0) if position is None else position
    return windows_below(passage.stages, Window(row, row + 1, column, column + 1))


def check_position(passage: ForwardPass, position: tuple[int, ...] | None) -> None:
    """Raise BadInput, naming what there is, for a position that the layer does not have."""
    sides = passage.activation.shape[1:]
    if not sides:
        if position is not None:
            raise BadInput(f"the layer {passage.layer} has no spatial dimensions; position = {position} must be None")
        return
    names = {1: ("positions",), 2: ("rows", "columns")}.get(len(sides), tuple(f"axis {k}" for k in range(len(sides))))
    fits = position is not None and len(position) == len(sides)
    if not fits or not all(0 <= p < side for p, side in zip(position or (), sides, strict=True)):
        ranges = ", ".join(f"{name} go from 0 to {side - 1}" for name, side in zip(names, sides, strict=True))
        raise BadInput(f"position = {position} is outside the layer {passage.layer}; {ranges}")
