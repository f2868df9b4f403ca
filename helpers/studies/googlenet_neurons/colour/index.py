"""How much of a unit's response its colours carry: indices from the responses to images and to changed versions.

The index of Rafegas and Vanrell (Vision Research 2018) is one minus the ratio of two sums over a unit's strongest
images: of its responses to their grey versions, and of those to the images. It is 0 for a unit that answers grey as
much, 1 for one that falls silent, negative for one that answers grey more. Theirs takes the 100 strongest of 1.2
million images, and turns to grey the field of view alone, along its main colour. Here it takes a share of fewer images,
and turns the whole image to its luma. The same ratio with turned hues, or with mirrored images, makes other indices.
"""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

STRONGEST = 0.05  # of the images
COLOUR_BLIND = 0.1  # the largest index of a unit that is called colour-blind
EXCITED = 5  # images at least that must excite a unit, or it has no index

Table = Float[Tensor, "image unit"]


def strongest(responses: Table, *, share: float = STRONGEST) -> Int[Tensor, "rank unit"]:
    """The images to which each unit responds most, a share of all images, five at least."""
    count = min(len(responses), max(EXCITED, round(share * len(responses))))
    return responses.float().argsort(dim=0, descending=True, stable=True)[:count]


def index(responses: Table, changed: Table, *, share: float = STRONGEST) -> Float[Tensor, " unit"]:
    """One minus the sum of the responses to the changed versions of a unit's strongest images over that to the images.

    Not a number for a unit that fewer than five images excite.
    """
    best = strongest(responses, share=share)
    whole, left = (table.float().gather(0, best).sum(dim=0) for table in (responses, changed))
    silent = (responses > 0).sum(dim=0) < EXCITED
    return (1 - left / whole.clamp(min=1e-12)).masked_fill(silent, torch.nan)


def colour_blind(values: Float[Tensor, "*rest unit"]) -> Bool[Tensor, "*rest unit"]:
    """Which units are called colour-blind by an index; those without one are not."""
    return values <= COLOUR_BLIND


def variety(responses: Table, colour: Float[Tensor, "2 image unit"]) -> Float[Tensor, " unit"]:
    """How varied the colours of a unit's strongest images are at its place: the root of the variance over the images,
    of both coordinates of colour together."""
    best = strongest(responses)
    own = torch.stack([axis.float().gather(0, best) for axis in colour])  # (2, rank, unit)
    return own.var(dim=1, correction=0).sum(dim=0).sqrt()


def percentile(
    values: Float[Tensor, " unit"], others: Float[Tensor, "draw unit"], layer: Int[Tensor, " unit"]
) -> Float[Tensor, " unit"]:
    """Where each value lies among those of the same layer in other networks: the share of theirs that are smaller.

    Not a number for a unit without a value, and where no other has one.
    """
    found = torch.full_like(values, torch.nan)
    for number in layer.unique():
        own = (layer == number) & ~values.isnan()
        beside = others[:, layer == number].flatten()
        beside = beside[~beside.isnan()].sort().values
        if len(beside):
            found[own] = torch.searchsorted(beside, values[own].contiguous()).float() / len(beside)
    return found


def shares_by_layer(values: Float[Tensor, " unit"], layer: Int[Tensor, " unit"], layers: int) -> list[float]:
    """The share of the units of each layer that are colour-blind by an index, of those that have one."""
    known = ~values.isnan()
    blind = colour_blind(values)
    return [float(blind[known & (layer == k)].double().mean()) for k in range(layers)]
