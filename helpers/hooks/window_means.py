"""What layers say of parts of images: mean activations of their units inside square windows of pixels.

A position of a layer belongs to a window if the middle of what it sees lies in it; where there is none, the nearest
position stands for the window. Sums come from one table of cumulative sums per map, so that windows cost next to
nothing beside the network.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import pad

from helpers.hooks.layer_table import FieldError, Layer
from helpers.hooks.recording import record
from helpers.hooks.unit_axis import units_first


@dataclass(frozen=True)
class Windows:
    """Square windows of images.

    image: the number of the image that each window is of. corner: its top and left, in pixels. side: in pixels.
    """

    image: Int[Tensor, " window"]
    corner: Int[Tensor, "window 2"]
    side: Int[Tensor, " window"]

    def __len__(self) -> int:
        return len(self.image)

    def at(self, index: Int[Tensor, " some"]) -> Windows:
        return Windows(self.image[index], self.corner[index], self.side[index])


def joined(windows: Sequence[Windows]) -> Windows:
    """All windows of several lists, one list after the other."""
    parts = ([each.image for each in windows], [each.corner for each in windows], [each.side for each in windows])
    return Windows(*(torch.cat(part) for part in parts))


def spans(layer: Layer, windows: Windows) -> Int[Tensor, "window 4"]:
    """First and last row, first and last column of the positions of each window, all included.

    Raises FieldError for a layer of which it is not known what its positions see.
    """
    field = layer.receptive_field
    if field is None or len(layer.positions) != 2:
        raise FieldError(f"the positions of {layer.name} cannot be placed in the image")
    found = []
    for axis in range(2):
        jump = float(field.jump[axis]) or 1.0
        middle = field.start[axis] + (field.size[axis] - 1) / 2  # of what the first position sees
        first = windows.corner[:, axis].double()
        last = first + windows.side.double() - 1
        low, high = ((first - middle) / jump).ceil(), ((last - middle) / jump).floor()
        nearest = (((first + last) / 2 - middle) / jump - 0.5).ceil()  # the first of two that are as near
        none = high < low
        most = layer.positions[axis] - 1
        found += [torch.where(none, nearest, each).clamp(0, most).long() for each in (low, high)]
    return torch.stack(found, dim=1)


def means_of_map(
    output: Float[Tensor, "image unit row column"], image: Int[Tensor, " window"], span: Int[Tensor, "window 4"]
) -> Float[Tensor, "window unit"]:
    """The mean of each unit over the positions of windows; ``image``: places in the batch."""
    sums = output.movedim(1, -1).double().cumsum(1).cumsum(2)  # (image, row, column, unit)
    table = pad(sums, (0, 0, 1, 0, 1, 0))
    top, bottom, left, right = span.to(output.device).T
    image = image.to(output.device)
    total = (
        table[image, bottom + 1, right + 1]
        - table[image, top, right + 1]
        - table[image, bottom + 1, left]
        + table[image, top, left]
    )
    return (total / ((bottom - top + 1) * (right - left + 1))[:, None]).float()


def window_means(
    network: nn.Module,
    layers: Mapping[str, Layer],
    batches: Iterable[tuple[Tensor, Sequence[int]]],
    windows: Windows,
    wanted: Mapping[str, Int[Tensor, " _"]],
) -> dict[str, Float[Tensor, "_ _"]]:
    """The means of layers in windows, in one pass over images; NaN for windows of images that do not come.

    layers: the layers of the network by name, for images of this size.
    batches: inputs of the network, (image, channel, height, width), with the numbers of their images.
    wanted: for each layer that is recorded, which of the windows are asked for.

    Raises FieldError for a layer of which it is not known what its positions see.
    """
    own = {name: windows.at(index) for name, index in wanted.items()}
    span = {name: spans(layers[name], each) for name, each in own.items()}
    found = {name: torch.full((len(index), layers[name].units), torch.nan) for name, index in wanted.items()}
    for x, numbers in batches:
        place = {number: k for k, number in enumerate(numbers)}
        inside = {}
        for name, each in own.items():
            here = torch.isin(each.image, torch.tensor(list(numbers)))
            inside[name] = here.nonzero().flatten()

        def kept(name: str, output: Tensor, inside: dict[str, Tensor] = inside, place: dict[int, int] = place) -> None:
            some = inside[name]
            if len(some):
                image = torch.tensor([place[number] for number in own[name].image[some].tolist()])
                maps = units_first(output, layers[name].unit_axis)
                found[name][some] = means_of_map(maps, image, span[name][some]).cpu()

        with torch.no_grad(), record(network, list(wanted), stop=True, keep=kept):
            network(x)
    return found
