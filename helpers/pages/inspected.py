"""The network and the images that a page on large networks inspects, and the layer and unit that it looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from helpers.data.images import AUTO, PATTERNS, PHOTOGRAPHS, Images, imagenette_of_assets, in_words, open_images
from helpers.errors import BadInput
from helpers.hooks.deep_layer import NON_LINEARITIES, NoDeepLayer, deep_layer
from helpers.hooks.layer_output import layer_output
from helpers.hooks.layer_table import Layer, layers
from helpers.hooks.names import named_layer, named_layers
from helpers.metrics.activations import Position, require_unit, strongest
from helpers.models.preprocessing import Preprocessing
from helpers.models.pretrained import Pretrained, load
from helpers.pages.parameters import Integer, ParameterError, ParameterType, String
from helpers.pages.runs import Run


class Unit:
    """A parameter that is ``auto``, for the unit that the image excites most (-1 is, too), or the number of a unit."""

    def check(self, name: str, value: Any) -> int | str:
        if value in (AUTO, -1) and not isinstance(value, bool):
            return AUTO
        try:
            return Integer(0, 10_000_000).check(name, value)
        except ParameterError:
            shown = f"the text {value!r}" if isinstance(value, str) else repr(value)
            allowed = "auto, for the unit that the image excites most, or a unit's number, from 0 on"
            raise ParameterError(f"Parameter {name} is {shown}; allowed is {allowed}.") from None


# The parameters of every page on large networks, for :func:`helpers.pages.runs.start`.
PARAMETERS: dict[str, ParameterType] = {
    "model": String(),
    "images": String(),
    "layer": String(),
    "unit": Unit(),
    "image": Integer(0, 1_000_000),
}


@dataclass(frozen=True, kw_only=True)
class LoadedInputs:
    """A network, the images that were drawn for it, and the layer that is looked at.

    loaded: the network with its weights and its preprocessing.
    source: the source from which :func:`open_images` gives more images.
    x: the images drawn, with colours from 0 to 1. They are measured.
    shown: images that figures show. Where nobody named images, and the network sees photographs, these are others than
    ``x``, which may be published (:mod:`helpers.data.photographs`); else they are ``x``.
    layer: what :func:`helpers.hooks.layer_table.layers` says of it.
    unit: the unit to look at; None is the one that an image excites most.
    batch: how many images go through the network at once.
    """

    loaded: Pretrained
    source: str
    x: Float[Tensor, "image 3 row column"]
    shown: Float[Tensor, "image_ 3 row column"]
    layer: Layer
    unit: int | None
    batch: int

    @property
    def network(self) -> nn.Module:
        return self.loaded.network

    @property
    def prepare(self) -> Preprocessing:
        """The preprocessing that turns images into the network's input."""
        return self.loaded.preprocessing

    def inputs(self, at_most: int | None = None) -> Iterator[Float[Tensor, "image channel row column"]]:
        """The images as the network takes them, ``batch`` at a time (no more than ``at_most``)."""
        for part in self.x.split(min(self.batch, at_most or self.batch)):
            yield self.prepare(part)

    def activation(self, inputs: Float[Tensor, "image channel row column"]) -> Float[Tensor, "image unit *position"]:
        """What the layer gives."""
        return layer_output(self.network, self.layer.name, inputs, unit_axis=self.layer.unit_axis)

    def strongest(self, image: int) -> Position:
        """Where a shown image, by its number, activates the unit most; with ``unit`` None also which unit that is."""
        return strongest(self.activation(self.prepare(self.shown[[image]]))[0], unit=self.unit)


def load_inputs(
    run: Run,
    *,
    count: int,
    every: int = 1,
    least: int = 1,
    choose: Callable[[nn.Module, int], str] = deep_layer,
) -> LoadedInputs:
    """Load a page's network and images, print what they are, and record them in the page's results.

    run: the run of the page. Its seed chooses the images. The images "auto" are procedural if the network was trained
    on such images or not at all; else they are Imagenette where ``HELPERS_ASSETS`` has it, or the few photographs that
    may be published. (Rules were tried on other images before, the 1,300 of ImageNet's validation set.)
    count: the number of images to draw.
    every: the parameter ``image`` counts every ``every``-th image only, beginning with the first, where images are
    named.
    least: how many images the page needs.
    choose: gives the layer "auto" of a network for images of this size.

    Raises BadInput for a network or images that cannot be had, for a layer or unit that the network does not have, for
    fewer images than ``least``, for an ``image`` beyond the last, and for a network that takes no colour images; all
    before anything is computed.
    """
    parameters = run.parameters
    loaded = load(parameters["model"], device=run.device)
    layer = _layer(loaded, parameters["layer"], choose)
    unit = None if parameters["unit"] == AUTO else parameters["unit"]
    require_unit(unit, layer.units)
    weights = loaded.weights
    auto = parameters["images"] == AUTO
    source = parameters["images"]
    if auto:
        drawn = weights.source in ("embedded", "random")
        source = PATTERNS if drawn else imagenette_of_assets() or PHOTOGRAPHS
    images = open_images(source, size=loaded.preprocessing.size).choose(count, seed=parameters["seed"])
    x = _all_of(images).to(run.device)
    _require_images(images, len(x), least)
    loaded.preprocessing(x[:1])
    shown = x[::every]
    if auto and source != PATTERNS:
        shown = _all_of(open_images(PHOTOGRAPHS, size=loaded.preprocessing.size)).to(run.device)
    if parameters["image"] >= len(shown):
        raise ParameterError(
            f"Parameter image is {parameters['image']}; allowed is a whole number from 0 to {len(shown) - 1}."
        )
    run.record_input(
        "weights", loaded.name, f"{weights.source}: {weights.description}", list(loaded.network.parameters())
    )
    run.record_input("data", images.name, images.source, [images.identity()])
    print(f"{loaded.name} ({weights.source}: {weights.description})")
    named = f": {in_words(images.reasons)}" if images.reasons else ""
    print(f"{len(x)} images of {images.name}, {len(images.reasons)} skipped as unreadable{named}")
    positions = " × ".join(map(str, layer.positions))
    print(f"layer {layer.name} ({layer.kind}): {layer.units} units" + (f", {positions} positions" * bool(positions)))
    batch = parameters.get("batch", len(x))
    return LoadedInputs(loaded=loaded, source=str(source), x=x, shown=shown, layer=layer, unit=unit, batch=batch)


def _layer(loaded: Pretrained, asked: str, choose: Callable[[nn.Module, int], str]) -> Layer:
    """The layer of that name, which may be "auto"."""
    network, size = loaded.network, loaded.preprocessing.size
    table = layers(network, size)
    name = asked
    if asked == AUTO:
        try:
            name = choose(network, size)
        except NoDeepLayer:  # no layer has positions: the last non-linearity, or the last layer
            name = ([each for each in table if each.kind in NON_LINEARITIES] or table)[-1].name
    module = named_layer(network, name)
    listed = {named_layers(network)[layer.name]: layer for layer in table}
    if module not in listed:
        raise BadInput(
            f"the layer {name} gives no units of an image of {size} pixels: it does not run, or gives no tensor"
        )
    return replace(listed[module], name=name)


def _all_of(images: Images) -> Tensor:
    return torch.cat([batch.x for batch in images.batches(64)])


def _require_images(images: Images, found: int, least: int) -> None:
    if found < least:
        raise BadInput(f"This page needs {least} images at least, and {images.name} has {found} that can be read.")
