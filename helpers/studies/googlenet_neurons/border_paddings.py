"""Paddings of a map by other values than zeros, and a convolution's responses along the four sides under them."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional

from helpers.studies.googlenet_neurons.border_lines import SIDES

KINDS = ("zero", "mean", "reflect", "replicate", "resampled", "noise")
_MODES = {"zero": "constant", "reflect": "reflect", "replicate": "replicate"}

Maps = Float[Tensor, "image channel row column"]


def width_of(convolution: nn.Conv2d) -> tuple[int, int]:
    """Rows and columns of padding on each side; (0, 0) where there is none."""
    if not isinstance(convolution.padding, str):
        rows, columns = convolution.padding
        return int(rows), int(columns)
    if convolution.padding == "valid":
        return 0, 0
    rows, columns = (d * (k - 1) for d, k in zip(convolution.dilation, convolution.kernel_size, strict=True))
    return (rows // 2, columns // 2) if rows % 2 == columns % 2 == 0 else (0, 0)  # uneven ones are left out


def padded(
    maps: Maps, width: tuple[int, int], kind: str, random: torch.Generator
) -> Float[Tensor, "image channel _ _"]:
    """Maps with ``width`` rows and columns more on each side.

    kind: "zero"; "mean": each channel's mean over the map; "reflect" and "replicate": torch's; "resampled": values
    drawn from the same channel of the same map; "noise": uniform between the smallest and the largest value of the map
    over all channels, the study's (section 4.1.2.3).
    random: a generator on the CPU.
    """
    around = (width[1], width[1], width[0], width[0])
    if kind in _MODES:
        return functional.pad(maps, around, mode=_MODES[kind])
    flat = maps.flatten(2)  # (image, channel, position)
    rows, columns = maps.shape[2] + 2 * width[0], maps.shape[3] + 2 * width[1]
    shape = (*maps.shape[:2], rows * columns)
    if kind == "mean":
        filling = flat.mean(dim=2, keepdim=True).expand(shape)
    elif kind == "resampled":
        drawn = torch.randint(flat.shape[2], shape, generator=random)
        filling = flat.gather(2, drawn.to(maps.device))
    else:
        low, high = (getattr(flat, end)(dim=(1, 2), keepdim=True) for end in ("amin", "amax"))
        filling = low + (high - low) * torch.rand(shape, generator=random).to(maps)
    whole = filling.reshape(*maps.shape[:2], rows, columns).clone()
    whole[:, :, width[0] : rows - width[0], width[1] : columns - width[1]] = maps
    return whole


def whole_response(convolution: nn.Conv2d, maps: Maps) -> Float[Tensor, "image unit _ _"]:
    """What the convolution gives for maps that are padded already."""
    return functional.conv2d(
        maps,
        convolution.weight,
        convolution.bias,
        convolution.stride,
        0,
        convolution.dilation,
        convolution.groups,
    )


def along_sides(convolution: nn.Conv2d, maps: Maps) -> Mapping[str, Float[Tensor, "image unit _"]]:
    """The responses along the outermost line of each side, of maps that are padded already: only these are computed."""
    fields = [d * (k - 1) + 1 for d, k in zip(convolution.dilation, convolution.kernel_size, strict=True)]
    lasts = [
        (side - field) // stride * stride
        for side, field, stride in zip(maps.shape[2:], fields, convolution.stride, strict=True)
    ]
    strips = {
        "top": maps[:, :, : fields[0]],
        "bottom": maps[:, :, lasts[0] : lasts[0] + fields[0]],
        "left": maps[:, :, :, : fields[1]],
        "right": maps[:, :, :, lasts[1] : lasts[1] + fields[1]],
    }
    return {side: whole_response(convolution, strips[side]).flatten(2) for side in SIDES}


def lines_of_map(response: Maps) -> dict[str, Float[Tensor, "image unit position"]]:
    """The outermost line of each side of a whole map."""
    ends = {"top": response[:, :, 0], "bottom": response[:, :, -1]}
    return ends | {"left": response[:, :, :, 0], "right": response[:, :, :, -1]}


def untouched(convolution: nn.Conv2d, size: tuple[int, int]) -> Bool[Tensor, "row column"]:
    """Whether a position's field lies inside a map of this size, so that no padding of this convolution reaches it."""
    inside = torch.ones(1, 1, *size)
    rows, columns = width_of(convolution)
    kernel = torch.ones(1, 1, *convolution.kernel_size)
    count = functional.conv2d(
        functional.pad(inside, (columns, columns, rows, rows)),
        kernel,
        None,
        convolution.stride,
        0,
        convolution.dilation,
    )
    return count[0, 0] == kernel.sum()
