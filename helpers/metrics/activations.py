"""The choice of a unit and of a position in a layer, with which the pages on single activations begin."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.errors import BadInput


class Position(NamedTuple):
    """One activation of a layer: its unit (channel), row and column."""

    unit: int
    row: int
    column: int

    @property
    def spatial(self) -> tuple[int, int]:
        return self.row, self.column


def strongest(activation: Float[Tensor, "channel height width"], *, unit: int = -1) -> Position:
    """The position at which an image activates a unit most.

    unit: the unit; -1 takes the one with the largest activation.

    Raises BadInput for a unit that the layer does not have.
    """
    channels, _, width = activation.shape
    if not -1 <= unit < channels:
        raise BadInput(f"There is no unit {unit}; the layer's units go from 0 to {channels - 1}, -1 is the strongest.")
    chosen = int(activation.flatten(1).amax(dim=1).argmax()) if unit == -1 else unit
    index = int(activation[chosen].argmax())
    return Position(chosen, index // width, index % width)


def most_active_position(activation: Float[Tensor, "channel height width"]) -> tuple[int, int]:
    """The position (row, column) at which most units are active; among several, the one nearest to the middle."""
    counts = (activation > 0).sum(dim=0)
    rows, columns = counts.shape
    down, across = torch.meshgrid(
        *(torch.arange(n, device=counts.device) - (n - 1) / 2 for n in (rows, columns)), indexing="ij"
    )
    nearness = 1 - torch.hypot(down, across) / (rows + columns)  # 0 to 1: decides only equal counts
    index = int((counts + nearness).argmax())
    return index // columns, index % columns
