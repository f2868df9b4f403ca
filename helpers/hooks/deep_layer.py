"""The layer that a page looks at where the reader names none."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from torch import nn
from torch.nn.modules import activation

from helpers.errors import BadInput
from helpers.hooks.layer_table import Layer, layers
from helpers.hooks.windows import Span

# of torch's module of activations, these mix units or positions
_NO_RECTIFIERS = {"MultiheadAttention", "Softmax", "Softmax2d", "LogSoftmax", "Softmin"}
NON_LINEARITIES = frozenset(activation.__all__) - _NO_RECTIFIERS


class NoDeepLayer(BadInput):
    """A network none of whose layers can be chosen."""


def deep_layer(
    network: nn.Module, size: int | Span = 224, *, usable: Callable[[Layer], bool] = lambda layer: True
) -> str:
    """The name of a deep layer whose units have positions.

    Of the layers whose output is a non-linearity's, those with the fewest positions, but more than one along every
    axis; of these the last. Where no non-linearity has positions, the same of convolutions, then of all layers.

    size: height and width of the images. usable: which layers the caller can use.

    Raises NoDeepLayer where there is none, and FieldError for a network that does not run on such images.
    """
    listed = [layer for layer in layers(network, size) if layer.positions and min(layer.positions) > 1]
    listed = [layer for layer in listed if usable(layer)]
    for wanted in (NON_LINEARITIES, {"Conv2d", "ConvTranspose2d"}, {layer.kind for layer in listed}):
        found = [layer for layer in listed if layer.kind in wanted]
        if found:
            return min(reversed(found), key=lambda layer: prod(layer.positions)).name  # the first of equals
    raise NoDeepLayer(f"{type(network).__name__} has no layer whose units have more than one position; name a layer")
