"""A network that is looked into from Python: any of those that pages take, or a module of your own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd
import torch
from torch import nn

from helpers.data.images import Images
from helpers.hooks.layer_output import layer_output
from helpers.hooks.layer_table import layers
from helpers.hooks.recording import named_layer
from helpers.hooks.strongest_inputs import Strongest, strongest_inputs
from helpers.models import pretrained
from helpers.models.preprocessing import Preprocessing
from helpers.models.pretrained import Pretrained
from helpers.models.pretrained.weights import Weights, tensors_digest
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
            sees = None if field is None else (field.rows.size, field.columns.size)
            rows.append({"name": layer.name, "kind": layer.kind, "shape": layer.shape, "sees": sees})
        return pd.DataFrame(rows)

    def unit(self, layer: str, number: int) -> Unit:
        """A unit of a layer of ``named_modules()``. Raises UnknownLayer, with the nearest names, for another layer."""
        named_layer(self.module, layer)
        return Unit(self, layer, number)

    def strongest_unit(self, layer: str, picture: Picture) -> Unit:
        """The unit of a layer that an image activates most."""
        x = pictures.tensor_of(picture, size=self.size)[None]
        output = layer_output(self.module, layer, self.prepare(x))[0]  # (unit, row and column, or token, or nothing)
        return Unit(self, layer, int(output.reshape(len(output), -1).amax(1).argmax()))

    def strongest(
        self, layer: str, images: str | Path | Images | Iterable[object], *, count: int = 9, batch_size: int = 16
    ) -> Strongest:
        """The images that excite each unit of a layer most, for all its units in one pass; see :meth:`Unit.strongest`.

        Images go by their number in the source, from 0.
        """
        stream = pictures.batches(images, size=self.size, batch_size=batch_size)
        return strongest_inputs(self.module, layer, (self.prepare(batch.x) for batch in stream), count=count)


def load(
    model: str | Path | nn.Module,
    *,
    size: int | None = None,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
    class_names: Sequence[str] = (),
    device: torch.device | str | None = None,
) -> Network:
    """A network for a look at its units.

    model: what :func:`helpers.models.pretrained.load` takes: a network's name, the path of a file that describes a
        checkpoint, or an ``nn.Module``, which is left as it is.
    size, mean, std: of an ``nn.Module``: height and width of its images, and what is taken off each channel of an image
        from 0 to 1 and what the rest is divided by. By default 224, 0 and 1.
    class_names: of an ``nn.Module``, one for each output.
    device: where to move the network; by default a named network lies on the CPU and a module stays where it is.

    Raises BadInput for what cannot be had, and PreprocessingError for numbers that cannot be meant.
    """
    if not isinstance(model, nn.Module):
        return Network(pretrained.load(model, device=device or "cpu"))
    first = next((each for each in model.modules() if isinstance(each, nn.Conv2d)), None)
    channels = 3 if first is None else first.in_channels
    statistics = Preprocessing(
        size=size or 224, mean=tuple(mean or [0.0] * channels), std=tuple(std or [1.0] * channels)
    )
    weights = Weights(source="file", description="a module of the reader's own", sha256=tensors_digest(model))
    own = Pretrained(
        network=model if device is None else model.to(device),
        name=type(model).__name__,
        preprocessing=statistics,
        class_names=tuple(class_names),
        weights=weights,
    )
    return Network(own)
