"""The layers of a network in a list: what they are called, what they give, and how much of the image they see."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from helpers.hooks.names import named_layers
from helpers.hooks.receptive_fields import FieldError, ReceptiveField, receptive_field, trace
from helpers.hooks.unit_axis import positions
from helpers.hooks.windows import Span, Window, pair

__all__ = ["FieldError", "Layer", "ReceptiveField", "Window", "layers", "receptive_field"]


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer of a network, for images of one size.

    ``shape`` is that of the output without its first axis: (channel, row, column), or (unit,) after flattening, or
    (token, unit), or (row, column, unit). ``unit_axis`` says which axis of the output counts units, the first one
    (images) being 0. ``kernel`` and ``stride`` are (rows, columns), and None for a layer without them. ``calls`` is
    how often the layer runs; all else is of its last call. ``receptive_field`` is None where it cannot be told.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    kernel: Span | None
    stride: Span | None
    receptive_field: ReceptiveField | None
    calls: int
    unit_axis: int

    @property
    def units(self) -> int:
        return self.shape[self.unit_axis - 1]

    @property
    def positions(self) -> tuple[int, ...]:
        """How many positions a unit has along each axis: (row, column), (token,), or () where it has none."""
        return positions(self.shape, self.unit_axis)


def layers(network: nn.Module, size: int | Span = 224) -> list[Layer]:
    """Every layer of a network that looks at the image, in the order in which they end, blocks after their parts.

    ``size`` is the height and width of the images. The names are those of ``network.named_modules()``, as recording
    takes them. Raises FieldError for a network that does not run on images of this size.
    """
    modules = named_layers(network)
    listed = []
    for name, calls in trace(network, size).items():
        module, traced = modules[name], calls[-1]
        if not traced.looks:
            continue
        kernel, stride = (getattr(module, what, None) for what in ("kernel_size", "stride"))
        listed.append(
            Layer(
                name=name,
                kind=type(module).__name__,
                shape=traced.shape,
                kernel=_span(kernel),
                stride=_span(stride),
                receptive_field=traced.receptive_field,
                calls=len(calls),
                unit_axis=traced.unit_axis,
            )
        )
    return listed


def _span(setting: object) -> Span | None:
    """A setting as (rows, columns); None for a layer without it, or along other axes than these two."""
    if isinstance(setting, int) or (isinstance(setting, tuple | list) and len(setting) == 2):
        return pair(setting)
    return None
