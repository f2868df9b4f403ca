"""Pictures of kernels: their mean over the channels, and those of the channels with the largest weights."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

STRONGEST = 8  # channels whose kernels are shown
_SIDE = 40  # pixels of a tile, at most; a weight is a square of whole pixels
_NEGATIVE, _POSITIVE = torch.tensor([33, 102, 172.0]), torch.tensor([178, 24, 43.0])  # blue and red; 0 is white

Kernels = Float[Tensor, "unit channel row column"]


def mean(kernels: Kernels) -> UInt8[Tensor, "unit 1 3 row column"]:
    """The mean kernel of each unit over its channels, scaled by the largest of its absolute weights."""
    return _magnified(_diverging(kernels.mean(1, keepdim=True)))


def in_colour(kernels: Float[Tensor, "unit 3 row column"]) -> UInt8[Tensor, "unit 1 3 row column"]:
    """Kernels over red, green and blue as pictures in these colours: grey is 0."""
    largest = kernels.abs().amax((1, 2, 3), keepdim=True).clamp(min=torch.finfo(torch.float32).tiny)
    return _magnified((127.5 + 127.5 * kernels / largest).round().to(torch.uint8)[:, None])


def strongest(kernels: Kernels) -> UInt8[Tensor, "unit across 3 row column"]:
    """The kernels of the channels with the largest sum of absolute weights, of one scale for a unit."""
    channels = strongest_channels(kernels)
    chosen = kernels.gather(1, channels[:, :, None, None].expand(-1, -1, *kernels.shape[2:]))
    return _magnified(_diverging(chosen))


def strongest_channels(kernels: Kernels) -> Int[Tensor, "unit across"]:
    """The channels of each unit with the largest sum of absolute weights, the largest first."""
    return kernels.abs().sum((2, 3)).topk(min(STRONGEST, kernels.shape[1]), dim=1).indices


def _diverging(kernels: Kernels) -> UInt8[Tensor, "unit channel 3 row column"]:
    largest = kernels.abs().amax((1, 2, 3), keepdim=True).clamp(min=torch.finfo(torch.float32).tiny)
    scaled = (kernels / largest)[:, :, None]  # (unit, channel, 1, row, column)
    end = torch.where(scaled < 0, _NEGATIVE[:, None, None], _POSITIVE[:, None, None])
    return (255 + (end - 255) * scaled.abs()).round().to(torch.uint8)


def _magnified(pictures: UInt8[Tensor, "unit across 3 row column"]) -> UInt8[Tensor, "unit across 3 side side"]:
    """Each weight as a square of pixels, in the middle of a square tile that is white elsewhere."""
    rows, columns = pictures.shape[-2:]
    times = max(1, _SIDE // max(rows, columns))
    large = pictures.repeat_interleave(times, 3).repeat_interleave(times, 4)
    side = max(large.shape[-2:])
    over, aside = side - large.shape[-2], side - large.shape[-1]
    padding = (aside // 2, aside - aside // 2, over // 2, over - over // 2)
    return torch.nn.functional.pad(large, padding, value=255)
