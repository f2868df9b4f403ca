"""A network that is looked into from Python: any of those that pages take, or a module of your own."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn

from helpers.data.images import AUTO
from helpers.hooks.deep_layer import deep_layer
from helpers.hooks.input_channels import channels
from helpers.hooks.layer_output import OutputError, layer_output
from helpers.hooks.layer_table import layers
from helpers.hooks.recording import UnknownLayer, named_layer
from helpers.hooks.reducers.extremes import Ranked
from helpers.hooks.strongest_inputs import strongest_inputs
from helpers.models import pretrained
from helpers.models.preprocessing import Preprocessing
from helpers.units import pictures
from helpers.units.pictures import Picture
from helpers.units.subject import Subject
from helpers.units.unit import Unit


class Network(Subject):
    """A network whose units are looked at. :func:`load` makes it."""

    def layers(self) -> pd.DataFrame:
        """The layers in the order in which they end: name, kind, shape of what they give, and receptive field.

        ``sees`` is the (height, width) of what a position sees of the image, and missing where that is not known.
        Raises FieldError for a network that cannot be traced.
        """
        rows = []
        for layer in layers(self.module, self.size):
            field = layer.receptive_field
            sees = None if field is None else field.size
            rows.append({"name": layer.name, "kind": layer.kind, "shape": layer.shape, "sees": sees})
        return pd.DataFrame(rows)

    def unit(self, layer: str, number: int, *, call: int | str = -1) -> Unit:
        """A unit of a layer of ``named_modules()``, by its number from 0.

        layer: "auto" takes a deep layer whose units have positions.
        call: which call of a layer that runs more than once; -1 is the last.

        Raises UnknownLayer, with the nearest names, for a layer that the network does not have.
        """
        try:
            number = operator.index(number)
        except TypeError:
            raise OutputError(f"unit = {number!r}; allowed is a whole number from 0 on") from None
        return Unit(self, self._layer(layer), number, _number_of(call))

    def strongest_unit(self, layer: str, picture: Picture, *, call: int | str = -1) -> Unit:
        """The unit of a layer that an image activates most; see :meth:`unit`."""
        x, layer = pictures.tensor_of(picture, size=self.size)[None], self._layer(layer)
        axis = self.unit_axis(layer)
        output = layer_output(self.module, layer, self.prepare(x), call=call, unit_axis=axis)[0]  # (unit, *position)
        number = int(output.reshape(len(output), -1).amax(1).argmax())
        return Unit(self, layer, number, _number_of(call))

    def _layer(self, name: str) -> str:
        if name == AUTO:
            return deep_layer(self.module, self.size)
        if not isinstance(name, str):
            raise UnknownLayer(f"layer = {name!r}; a layer goes by its name in named_modules(), a text")
        named_layer(self.module, name)
        return name

    def strongest(
        self,
        layer: str,
        images: object,
        *,
        count: int = 9,
        batch_size: int = 16,
        call: int | str = -1,
    ) -> Ranked:
        """The images that excite each unit of a layer most, for all its units in one pass; see :meth:`Unit.strongest`.

        Images go by their number in the source, from 0.
        """
        stream = pictures.batches(images, size=self.size, batch_size=batch_size)
        inputs = (self.prepare(batch.x) for batch in stream)
        axis = self.unit_axis(layer)
        return strongest_inputs(self.module, layer, inputs, count=count, call=call, unit_axis=axis)


def load(
    model: str | Path | nn.Module,
    *,
    size: int | None = None,
    mean: Sequence[float] | float | None = None,
    std: Sequence[float] | float | None = None,
    class_names: Sequence[str] = (),
    weights: str | Path | None = None,
    device: torch.device | str | None = None,
) -> Network:
    """A network for a look at its units.

    model: what :func:`helpers.models.pretrained.load` takes: a network's name, the path of a file that describes a
        checkpoint, or an ``nn.Module``, of which a copy is looked at.
    size, mean, std: of an ``nn.Module``: height and width of its images, and what is taken off each channel of an image
        from 0 to 1 and what the rest is divided by; one number stands for all. By default 224, 0 and 1.
    class_names: of an ``nn.Module``, one for each output.
    weights: of a named network, as :func:`helpers.models.pretrained.load` takes them.
    device: where to move the network; by default a named network lies on the CPU and a module stays where it is.

    Raises BadInput for what cannot be had, and PreprocessingError for numbers that cannot be meant.
    """
    with torch.inference_mode(False):  # weights that are made in that mode have no gradients for ever
        if not isinstance(model, nn.Module):
            return Network(pretrained.load(model, weights=weights, device=device or "cpu"))
        side = 224 if size is None else size
        count = channels(model, side if isinstance(side, int) and side > 0 else 64)
        statistics = Preprocessing(size=side, mean=_each(mean, 0.0, count), std=_each(std, 1.0, count))
        lies = next((each.device for each in model.parameters()), "cpu")
        return Network(pretrained.load(model, preprocessing=statistics, class_names=class_names, device=device or lies))


def _number_of(call: int | str) -> int:
    if isinstance(call, int):
        return call
    if call != "last":
        raise OutputError(f'call = {call!r}; allowed is a whole number, of which -1 is the last call, or "last"')
    return -1


def _each(numbers: Sequence[float] | float | None, default: float, channels: int) -> tuple[float, ...]:
    """A number for each channel, also of a tensor or an array."""
    if numbers is None:
        return (default,) * channels
    found = np.asarray(numbers, dtype=object)
    return tuple(found.tolist()) if found.ndim else (found.item(),) * channels
