"""Four ways back from units of a layer to the image (probing, section 3, eqs. 4 to 9), and controls for them.

    passage = forward(network, "relu4_3", image)
    back = attribute(passage, DECONVNET, position=(14, 14))  # all units of that position in one call
    back.signal  # (unit, channel, height, width), within back.receptive_field

Of a chain of layers one forward pass leaves masks and switches (:mod:`helpers.attribution.chain`); the way back is an
explicit loop over the chain, the units side by side, confined to the receptive field of the position. Any other network
is sent back by autograd, with the method's rule at each of its rectifiers (:mod:`helpers.attribution.graph_backward`).

| method | step (no pooling) | step (pooling) | start |
| --- | --- | --- | --- |
| DECONVNET | R(W^T x), eq. 4 | P^T R(W^T x), eq. 5 | the activation |
| GUIDED_BACKPROP | R(W^T (r * x)), eq. 6 | P^T R(W^T (r * x)), eq. 7 | the activation |
| GUIDED_BACKPROP, weights of ``random_weights`` | the same | the same | the activation |
| GRADIENT | W^T (r * x), eq. 8 | P^T W^T (r * x), eq. 9 | 1 |

The study's deconvnet "with masks" is guided backpropagation (J. T. Springenberg, A. Dosovitskiy, T. Brox and M.
Riedmiller, "Striving for simplicity: the all convolutional net", ICLR 2015, workshop track): on its way back through a
ReLU, a signal passes where the unit was active and the signal is positive. The study differs in two details. It starts
with the activation instead of 1, which is a positive factor of the whole result; and it rectifies the image plane, too
(``rectify_image=False`` leaves that out). GRADIENT is the gradient of the unit with respect to the image.

**Where R and r stand.** R and the mask act where the signal passes a ReLU, R also in the image plane (eq. 4 for
i = 1), unless ``rectify_image`` is False. Between W^T and the ReLU below, unpooling comes first: for pooling windows
that do not overlap, as in the study, the order makes no difference; where they overlap, an entry that is the maximum
of several windows gets the sum of their signals (the exact transpose).

**The start.** A unit of a ReLU starts with the activation behind it, and its own mask r applies, always that of the
image itself: an inactive unit sends nothing back (0 is its activation, and its exact filter). A unit of another layer,
such as a convolution, starts with its value before the non-linearity, which may be negative, and no mask of its own.

Biases are not used on the way back; BatchNorm is its factor, Dropout and Identity are nothing.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from helpers.attribution import graph_backward
from helpers.attribution.chain import Stage, geometry
from helpers.attribution.forward_pass import ForwardPass, receptive_field_windows
from helpers.attribution.methods import DECONVNET, GRADIENT, GUIDED_BACKPROP, AttributionMethod, Reconstruction
from helpers.attribution.sparse_transpose import Signal, by_library, everywhere, transposed
from helpers.errors import BadInput
from helpers.hooks.windows import Window
from helpers.models.initialisation import matched_gaussian

__all__ = [
    "DECONVNET",
    "GRADIENT",
    "GUIDED_BACKPROP",
    "AttributionMethod",
    "Reconstruction",
    "attribute",
    "random_weights",
    "weighted_layers",
    "with_masks_of",
    "with_shuffled_masks",
]

Weights = Mapping[str, Float[Tensor, "above below *kernel"]]


def attribute(
    passage: ForwardPass,
    way: AttributionMethod,
    *,
    position: tuple[int, ...] | None,
    units: Sequence[int] | None = None,
    weights: Weights | None = None,
    rectify_image: bool = True,
    memory: float = 4e8,
) -> Reconstruction:
    """Send units of the layer at one position back to the image.

    position: (row, column) in the layer, (token,) in a sequence; None for a layer without positions.
    units: channels of the layer (default: all).
    weights: name of a layer -> what replaces its weights.
    rectify_image: whether a way that rectifies does so in the image plane, too.
    memory: bytes that the signals under way may take. As the planes grow, the units are sent on in smaller groups
        (never less than one unit at a time); the result itself comes on top. Of a network that is no chain, the graph
        of one run comes on top, too, and its units go one by one.

    With GRADIENT, the sum of ``signal`` times the image plus ``bias`` is the unit's activation. The bias is that of the
    part of the input space in which the network is linear around the image; where a way curves, such as behind GELU,
    there is no such part, ``piecewise_linear`` is False, and the bias is what is missing to the activation.

    Raises CannotReverse where the method has no meaning for what is on the way
    (:func:`helpers.attribution.forward_pass.check_method`), and BadInput for a position or a unit that the layer does
    not have, no units, a weight of another shape than that of its layer, or no memory.
    """
    windows = receptive_field_windows(passage, position)
    count = passage.activation.shape[0]
    chosen = list(range(count)) if units is None else list(units)
    if not chosen:
        raise BadInput(f"units is empty; the units of the layer {passage.layer} go from 0 to {count - 1}")
    for unit in chosen:
        if not 0 <= unit < count:
            raise BadInput(f"the layer {passage.layer} has no unit {unit}; its units go from 0 to {count - 1}")
    if not memory > 0:
        raise BadInput(f"memory = {memory} must be a positive number of bytes")
    _check(passage, weights or {})
    if passage.graph is not None:
        back = graph_backward.attribute(passage, way, position=position, units=chosen, weights=weights or {})
        return back._replace(signal=back.signal.clamp(min=0)) if way.rectify and rectify_image else back
    with torch.inference_mode(False), torch.no_grad():
        start = _start(passage, way, chosen, position, windows[-1])
        channels, height, width = passage.image.shape
        signal = start.values.new_empty(len(chosen), channels, windows[0].height, windows[0].width)
        bias = start.values.new_zeros(len(chosen))
        descent = _Descent(passage, way, windows, weights or {})
        descent.run(start, len(descent.stages) - 1, memory, signal, bias)
        if way.rectify and rectify_image:
            signal.clamp_(min=0)
    return Reconstruction(signal, windows[0], bias, (channels, height, width))


def weighted_layers(passage: ForwardPass) -> dict[str, nn.Conv2d | nn.Linear]:
    """The convolutions and linear layers on the way from the image to the layer, by name, in the order of their calls.

    Of a network that is no chain, convolutions of other dimensions count, too.
    """
    if passage.graph is not None:
        return {name: passage.graph.network.get_submodule(name) for name in passage.graph.weighted}  # type: ignore[misc]
    return {one.name: one.module for one in passage.stages if isinstance(one.module, (nn.Conv2d, nn.Linear))}


def random_weights(passage: ForwardPass, *, seed: int) -> dict[str, Tensor]:
    """Gaussian weights with the mean and the variance of the true ones, for every convolution and linear layer.

    (section 3, "Deconvnet with masks and random parameters"; biases play no part on the way back)
    """
    layers = weighted_layers(passage)
    return {name: matched_gaussian(module.weight, layer=name, seed=seed) for name, module in layers.items()}


def with_masks_of(passage: ForwardPass, other: ForwardPass) -> ForwardPass:
    """The passage with the masks of another image's passage through the same chain; the switches stay its own.

    Raises BadInput if the two did not go through the same layers and shapes.
    """
    kinds = [_ways(each) for each in (passage, other)]
    if kinds[0] != kinds[1]:
        raise BadInput("the two passages went through different layers or shapes; masks need the same way")
    if passage.graph is not None:
        return graph_backward.with_masks_of(passage, other)
    pairs = zip(passage.stages, other.stages, strict=True)
    return passage._replace(stages=tuple(dataclasses.replace(mine, mask=theirs.mask) for mine, theirs in pairs))


def with_shuffled_masks(passage: ForwardPass, *, seed: int) -> ForwardPass:
    """The passage with random masks: every layer's mask in a random order of its entries, so equally many are open."""
    if passage.graph is not None:
        return graph_backward.with_shuffled_masks(passage, seed=seed)

    def shuffle(stage: Stage) -> Stage:
        if stage.mask is None:
            return stage
        return dataclasses.replace(stage, mask=graph_backward.shuffled(stage.mask, seed=seed, name=stage.name))

    return passage._replace(stages=tuple(shuffle(stage) for stage in passage.stages))


def _ways(passage: ForwardPass) -> list[object]:
    """What two passages must share for the masks of one to have a meaning in the other."""
    if passage.graph is not None:
        return [tuple(passage.image.shape), *((call.function, call.layer) for call in passage.graph.gates)]
    return [(stage.name, stage.above) for stage in passage.stages]


def _check(passage: ForwardPass, weights: Weights) -> None:
    shapes = {name: tuple(module.weight.shape) for name, module in weighted_layers(passage).items()}
    for name, weight in weights.items():
        if tuple(weight.shape) != shapes.get(name):
            raise BadInput(
                f"the weights for {name} have the shape {tuple(weight.shape)}; "
                f"{shapes.get(name, 'there is no convolution or linear layer of that name on the way')} is expected"
            )


def _start(
    passage: ForwardPass, way: AttributionMethod, units: list[int], position: tuple[int, ...] | None, window: Window
) -> Signal:
    """Every unit in a column of its own."""
    activation = passage.activation if position is None else passage.activation[:, position[0], position[1]]
    value = activation[units]
    if way.start == "one":
        own_mask = (value > 0) if isinstance(passage.stages[-1].module, nn.ReLU) else torch.ones_like(value)
        value = own_mask.to(value)
    values = value.new_zeros(len(activation), len(units))
    values[units, torch.arange(len(units), device=value.device)] = value
    return everywhere(values, window, len(activation))


class _Descent:
    """The loop over the chain, from the layer to the image."""

    def __init__(
        self, passage: ForwardPass, way: AttributionMethod, windows: tuple[Window, ...], weights: Weights
    ) -> None:
        self.way, self.windows, self.weights = way, windows, weights
        own = isinstance(passage.stages[-1].module, nn.ReLU)  # its mask is part of the start
        self.stages = passage.stages[:-1] if own else passage.stages

    def run(self, signal: Signal, index: int, memory: float, image: Tensor, bias: Tensor) -> None:
        """Take the signal above stage ``index`` down to the image; fill in the units' ``image`` and ``bias``."""
        while index >= 0:
            stage, below = self.stages[index], self.windows[index]
            if below.height == 0:  # the units see nothing but padding there
                self.add_bias(signal, stage, bias)
                return
            count = signal.values.shape[1]
            if count > 1 and _bytes(signal, stage, below) > memory / 2:  # half: the units are copied to be parted
                parts = [slice(0, count // 2), slice(count // 2, count)]
                halves = [dataclasses.replace(signal, values=signal.values[:, part].contiguous()) for part in parts]
                del signal  # what waits takes from what is under way: no more than the other half may wait
                for part in parts:
                    rest = memory - sum(half.values.nbytes for half in halves[1:])
                    self.run(halves.pop(0), index, rest, image[part], bias[part])
                return
            signal = self.step(signal, stage, below, bias)
            index -= 1
        image.copy_(signal.dense())

    def step(self, signal: Signal, stage: Stage, below: Window, bias: Tensor) -> Signal:
        """The signal below one stage; what a bias of the stage adds to an activation goes into ``bias``."""
        module = stage.module
        if isinstance(module, nn.ReLU):
            if self.way.masks:
                assert stage.mask is not None
                signal = signal.select(_cut(stage.mask, signal.window)[signal.index])
            return dataclasses.replace(signal, values=signal.values.clamp_(min=0)) if self.way.rectify else signal
        if isinstance(module, nn.MaxPool2d):
            return _unpool(signal, stage, below)
        self.add_bias(signal, stage, bias)
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            weight = self.weights.get(stage.name, module.weight.detach())
            if isinstance(module, nn.Conv2d):
                return transposed(signal, module, weight, below)
            values = weight[signal.index].t() @ signal.values[signal.slot]
            return everywhere(values, below, len(values))
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            factor, _ = _factor(module)
            values = signal.values[signal.slot] * factor[signal.index % signal.channels].unsqueeze(1)
            return dataclasses.replace(signal, values=values, slot=torch.arange(len(values), device=values.device))
        if isinstance(module, (nn.AvgPool2d, nn.AdaptiveAvgPool2d)):
            return _unaverage(signal, stage, below)
        if isinstance(module, nn.Flatten) and len(stage.below) == 3:
            channels, height, width = stage.below
            channel, position = signal.index // (height * width), signal.index % (height * width)
            return dataclasses.replace(signal, index=position * channels + channel, window=below, channels=channels)
        return signal  # Dropout and Identity

    def add_bias(self, signal: Signal, stage: Stage, total: Tensor) -> None:
        """What a bias of the stage adds to the activations above it; a way that rectifies has none."""
        module = stage.module
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            bias = None if module.bias is None else module.bias.detach()
        else:
            bias = _factor(module)[1] if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)) else None
        if bias is not None and not self.way.rectify:
            total += bias[signal.index % signal.channels] @ signal.values[signal.slot]


def _unpool(signal: Signal, stage: Stage, below: Window) -> Signal:
    """P^T x: every entry to where the maximum of its pooling window was; added up where pooling windows share one."""
    assert stage.switches is not None
    maximum = _cut(stage.switches, signal.window)[signal.index]
    row, column = maximum // stage.below[2] - below.top, maximum % stage.below[2] - below.left
    index = (row * below.width + column) * signal.channels + signal.index % signal.channels
    (ky, kx), (sy, sx), _, dilation = geometry(stage.module)  # type: ignore[arg-type]
    if ky <= sy and kx <= sx and dilation == (1, 1):
        return dataclasses.replace(signal, index=index, window=below)
    target, of = index.unique(return_inverse=True)
    values = signal.values.new_zeros(len(target), signal.values.shape[1])
    values.index_add_(0, of, signal.values[signal.slot])
    return Signal(values, torch.arange(len(target), device=values.device), target, below, signal.channels)


def _unaverage(signal: Signal, stage: Stage, below: Window) -> Signal:
    """The transpose of an average, by autograd on the whole plane."""
    window = signal.window
    above = signal.values.new_zeros(signal.values.shape[1], *stage.above)
    above[..., *window.slices] = signal.dense()
    with torch.enable_grad():
        x = above.new_zeros(len(above), *stage.below).requires_grad_()
        (gradient,) = torch.autograd.grad(stage.module(x), x, above)
    cut = gradient[..., *below.slices].permute(2, 3, 1, 0)
    return everywhere(cut.reshape(-1, len(above)), below, stage.below[0])


def _factor(norm: nn.BatchNorm1d | nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """A BatchNorm in eval mode is x * factor + shift."""
    assert norm.running_mean is not None and norm.running_var is not None
    factor = (norm.running_var + norm.eps).rsqrt()
    if norm.affine:
        factor = factor * norm.weight.detach()
    shift = -norm.running_mean * factor
    return factor, shift + norm.bias.detach() if norm.affine else shift


def _cut(plane: Tensor, window: Window) -> Tensor:
    """The window of a plane (channel, row, column), flattened as (row, column, channel); a vector of units as it is."""
    if plane.dim() == 1:
        return plane
    return plane[:, *window.slices].permute(1, 2, 0).flatten()


def _bytes(signal: Signal, stage: Stage, below: Window) -> float:
    """About what one stage needs: its input, its output and, in a dense product, their copies in another order."""
    units = signal.values.shape[1] * signal.values.element_size()
    if isinstance(stage.module, (nn.AvgPool2d, nn.AdaptiveAvgPool2d)):
        return 2 * units * (math.prod(stage.above) + math.prod(stage.below))
    size = below.height * below.width * stage.below[0]
    if isinstance(stage.module, nn.Conv2d) and by_library(signal, stage.module):
        return 3 * units * (signal.size + size)
    grows = isinstance(stage.module, (nn.Conv2d, nn.Linear))
    return units * (len(signal.values) + (size if grows else len(signal.index)))
