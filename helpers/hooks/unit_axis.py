"""Which axis of a layer's output counts its units, and which are positions.

| output | of | units | positions |
| --- | --- | --- | --- |
| (image, unit) | fully connected layers | 1 | none |
| (image, unit, row, column) | convolutions, pooling | 1 | 2, 3 |
| (image, token, unit) | transformers | 2 | 1 |
| (image, row, column, unit) | channels last: blocks of swin and convnext | 3 | 1, 2 |

:attr:`helpers.hooks.layer_table.Layer.unit_axis` says it of every layer of a network.
"""

from __future__ import annotations

from torch import Tensor


def units_first(output: Tensor, unit_axis: int) -> Tensor:
    """The output of a layer with the axes ``(image, unit, *position)``, whatever their order was. A view, no copy."""
    return output.movedim(unit_axis, 1)


def positions(shape: tuple[int, ...], unit_axis: int) -> tuple[int, ...]:
    """How many positions there are along each axis that is none of units: (row, column), (token,) or ().

    shape: of the output without its first axis, that of images.
    """
    return shape[: unit_axis - 1] + shape[unit_axis:]


def usual_axis(shape: tuple[int, ...]) -> int:
    """The axis of units as layers of torch have it, where nothing else is known: the last one of tokens, else 1.

    shape: of the output without its first axis, that of images.
    """
    return 2 if len(shape) == 2 else 1
