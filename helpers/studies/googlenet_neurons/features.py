"""What the observers see of windows of images: pixels, early layers, another network, and the unit's own layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from helpers.hooks.layer_table import layers
from helpers.hooks.window_means import Windows, window_means
from helpers.models.googlenet import GoogLeNet
from helpers.models.pretrained import Pretrained
from helpers.studies.googlenet_neurons.natural_extremes import Batches, by_channels
from helpers.studies.googlenet_neurons.other_network import Observing
from helpers.studies.googlenet_neurons.subject import Subject

PIXELS, EARLY, OTHER, OWN = "pixels", "early layers", "another network", "own layer"
OBSERVERS = (PIXELS, EARLY, OTHER, OWN)
_GRID = 8  # rows and columns of pixels
_LEAST = 64  # pixels a side that any of the other networks takes
_STEM = "maxpool1"  # the last layer of Inception V1 before its blocks

Pictures = Callable[[], Batches]


def early_layer(seen: Subject) -> str:
    """The last layer before the blocks of Inception V1; in other networks the first convolution that is looked at."""
    return _STEM if isinstance(seen.loaded.network, GoogLeNet) else seen.blocks[0].name


def of_layers(
    loaded: Pretrained, pictures: Pictures, windows: Windows, wanted: Mapping[str, Int[Tensor, " _"]], *, size: int
) -> dict[str, Float[Tensor, "_ _"]]:
    """The means of layers of a network in windows: for each layer those asked for."""
    device = next(loaded.network.parameters()).device
    listed = {layer.name: layer for layer in layers(loaded.network, size)}
    batches = ((by_channels(loaded.preprocessing(x.to(device))), numbers) for x, numbers in pictures())
    return window_means(loaded.network, listed, batches, windows, wanted)


def of_other_network(
    other: Observing, pictures: Pictures, windows: Windows, *, size: int
) -> Float[Tensor, "window feature"]:
    """What another network says of windows; images that are too small for it are enlarged by repeating their points."""
    factor = -(-_LEAST // size)
    larger = Windows(windows.image, windows.corner * factor, windows.side * factor)

    def repeated() -> Batches:
        for x, numbers in pictures():
            yield x.repeat_interleave(factor, 2).repeat_interleave(factor, 3), numbers

    every = {other.layer: torch.arange(len(windows))}
    return of_layers(other.loaded, repeated, larger, every, size=size * factor)[other.layer]


def of_pixels(pictures: Pictures, windows: Windows) -> Float[Tensor, "window feature"]:
    """Eight by eight coloured points of each window."""
    found = torch.full((len(windows), 3 * _GRID**2), torch.nan)
    corner, side = windows.corner.tolist(), windows.side.tolist()
    for x, numbers in pictures():
        for place, number in enumerate(numbers):
            for k in (windows.image == number).nonzero().flatten().tolist():
                top, left = corner[k]
                part = x[place, :, top : top + side[k], left : left + side[k]]
                found[k] = adaptive_avg_pool2d(part, _GRID).flatten()
    return found


def observed(
    seen: Subject, other: Observing, pictures: Pictures, windows: Windows, own: Mapping[str, Tensor], *, size: int
) -> dict[str, dict[str, Float[Tensor, "_ _"]]]:
    """What each observer sees of the windows of each block.

    own: by the name of a block, which of the windows are of its units.
    """
    every = torch.arange(len(windows))
    early = early_layer(seen)
    looked = of_layers(seen.loaded, pictures, windows, {**own, early: every}, size=size)
    there = {OTHER: of_other_network(other, pictures, windows, size=size)}
    there |= {PIXELS: of_pixels(pictures, windows), EARLY: looked[early]}
    found = {
        name: {observer: there[observer][index] for observer in (PIXELS, EARLY, OTHER)} for name, index in own.items()
    }
    for name, index in own.items():
        found[name][OWN] = looked[name][index] if name == early else looked[name]
    return found
