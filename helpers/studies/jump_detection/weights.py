"""Where the weights of a layer are large: in which input range, and along a diagonal."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor


def outside_ratio(weight: Float[Tensor, "seed input unit"], *, low: int, high: int) -> Float[Tensor, " seed"]:
    """Mean absolute weight of the inputs outside a range, over that of the inputs inside.

    weight: of the layer.
    low, high: the first and the last input inside, counted from 1 (study: jump_detection, section 3.3.2).

    Raises ValueError if no input lies outside or none inside.
    """
    inputs = torch.arange(1, weight.shape[1] + 1)
    inside = (inputs >= low) & (inputs <= high)
    if inside.all() or not inside.any():
        raise ValueError(f"The range {low} to {high} must hold some, not all, of the inputs 1 to {len(inputs)}.")
    size = weight.abs().mean(dim=-1)  # (seed, input)
    return size[:, ~inside].mean(dim=-1) / size[:, inside].mean(dim=-1)


def aligned_columns(
    weight: Float[Tensor, "seed input unit"], *, first: int, reach: int
) -> Float[Tensor, "seed unit offset"]:
    """Each unit's weights around its own position.

    weight: of the layer.
    first: the position of the first unit, as an input counted from 1. Unit c has the position ``first + c``.
    reach: the number of inputs before the position. As many follow from it on, so that it is at index ``reach``.

    Raises ValueError if the range of some unit leaves the input.
    """
    units = torch.arange(weight.shape[-1])
    index = first - 1 + units[:, None] + torch.arange(-reach, reach)  # (unit, offset)
    if index.min() < 0 or index.max() >= weight.shape[1]:
        raise ValueError(
            f"A reach of {reach} leaves the {weight.shape[1]} inputs for some of the units at "
            f"{first} to {first + len(units) - 1}."
        )
    return weight.transpose(1, 2)[:, units[:, None], index]


def band_share(weight: Float[Tensor, "seed input unit"], *, first: int, reach: int) -> Float[Tensor, " seed"]:
    """Share of the squared weights near the diagonal input = first + unit (study: jump_detection, figure 3.14).

    weight: of the layer.
    first: the input of the first unit on the diagonal, counted from 1.
    reach: the largest distance from the diagonal, in inputs.
    """
    inputs = torch.arange(1, weight.shape[1] + 1)[:, None]
    diagonal = first + torch.arange(weight.shape[2])
    band = ((inputs - diagonal).abs() <= reach).to(weight.device)
    squared = weight.square()
    return (squared * band).sum(dim=(1, 2)) / squared.sum(dim=(1, 2))
