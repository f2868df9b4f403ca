"""The part of a network that one position of a layer sees (probing, section 4): all that an ascent has to compute.

A position in the middle of layer 13 of VGG16 sees 196 of 224 pixels, and fewer and fewer positions of the layers
above. Convolutions without padding, given just these pixels, end in that one position with the same value, in half of
the time.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from helpers.ascent.activation import activation
from helpers.ascent.objectives import Objective
from helpers.attribution.chain import geometry
from helpers.attribution.forward_pass import blank_image, forward, receptive_field_windows
from helpers.errors import BadInput
from helpers.hooks.layer_output import layer_output
from helpers.hooks.windows import Window
from helpers.metrics.activations import Place
from helpers.models.initialisation import copied


@dataclass(frozen=True, kw_only=True)
class PartInView:
    """A network that takes the pixels of ``window`` and has, at ``place`` of ``layer``, what the whole network has."""

    network: nn.Module
    layer: str
    place: Place
    window: Window
    unit_axis: int

    def cut(self, pictures: Float[Tensor, "*rest height width"]) -> Float[Tensor, "*rest row column"]:
        """What is seen of whole inputs."""
        return pictures[..., *self.window.slices]

    def objective(self, unit: int) -> Objective:
        """The activation of a unit at the place, for pictures as :meth:`cut` gives them."""
        return activation(self.network, self.layer, unit, position=self.place or None, unit_axis=self.unit_axis)

    @torch.no_grad()
    def activations(self, pictures: Float[Tensor, "image channel row column"]) -> Float[Tensor, "image unit"]:
        """What all units give at the place."""
        values = layer_output(self.network, self.layer, pictures, unit_axis=self.unit_axis)
        for number in reversed(self.place):
            values = values[..., number]
        return values

    def gradient(
        self, unit: int, pictures: Float[Tensor, "image channel row column"]
    ) -> Float[Tensor, "image channel row column"]:
        """The exact filter of a unit on each picture (section 3.1)."""
        x = pictures.detach().clone().requires_grad_()
        with torch.enable_grad():
            (slope,) = torch.autograd.grad(self.objective(unit)(x).sum(), x)
        return slope

    def in_double(self) -> PartInView:
        """The same in double precision."""
        return PartInView(
            network=copied(self.network).double(),
            layer=self.layer,
            place=self.place,
            window=self.window,
            unit_axis=self.unit_axis,
        )


def part_in_view(network: nn.Module, layer: str, place: Place, *, size: int, unit_axis: int) -> PartInView:
    """What a place of a layer sees of images of this size.

    It is made of the convolutions, ReLUs and max poolings on the way where there is nothing else, and the place sees no
    padding; else it is the whole network, and the window the whole image.
    """
    window, layers = _window(network, layer, place, size)
    if layers is None:
        whole = Window(0, size, 0, size)
        return PartInView(network=network, layer=layer, place=place, window=whole, unit_axis=unit_axis)
    part = nn.Sequential(*layers).eval().requires_grad_(False)
    last = str(len(layers) - 1)
    return PartInView(network=part, layer=last, place=(0, 0), window=window, unit_axis=1)


def field_of(network: nn.Module, layer: str, place: Place, size: int) -> Window:
    """The field of view of a place in the image; the whole image where that cannot be told."""
    try:
        return receptive_field_windows(forward(network, layer, blank_image(network, size)), place or None)[0]
    except BadInput:
        return Window(0, size, 0, size)


def _window(network: nn.Module, layer: str, place: Place, size: int) -> tuple[Window, list[nn.Module] | None]:
    """The field of view, and the layers without padding; None where they are no such layers, or padding is seen."""
    window = field_of(network, layer, place, size)
    try:
        passage = forward(network, layer, blank_image(network, size))
    except BadInput:
        return window, None
    if passage.graph is not None or len(place) != 2:
        return window, None
    side = 1
    windows = receptive_field_windows(passage, (place[0], place[1]))
    layers: list[nn.Module] = []
    for stage, below in reversed(list(zip(passage.stages, windows[:-1], strict=True))):
        module = stage.module
        if isinstance(module, nn.ReLU):
            layers.insert(0, nn.ReLU())
            continue
        if not isinstance(module, nn.Conv2d | nn.MaxPool2d):
            return window, None
        plain = _without_padding(module)
        if plain is None:
            return window, None
        side = (side - 1) * plain[1] + plain[2]
        if (below.height, below.width) != (side, side):  # cut at the border: padding is seen
            return window, None
        layers.insert(0, plain[0])
    return window, layers


def _without_padding(module: nn.Conv2d | nn.MaxPool2d) -> tuple[nn.Module, int, int] | None:
    """A convolution or pooling without padding, its stride and its size; None for one that is not square and plain."""
    kernel, stride, _, dilation = geometry(module)
    if kernel[0] != kernel[1] or stride[0] != stride[1] or dilation != (1, 1):
        return None
    plain = copied(module)
    assert isinstance(plain, nn.Conv2d | nn.MaxPool2d)
    plain.padding = (0, 0)
    return plain, stride[0], kernel[0]
