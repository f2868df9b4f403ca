"""Is a unit, or a group of units, a net fragment of a part? (net fragments study, section 4).

The study's definition: units of a fragment are "strongly active if the feature is present and not or only very weakly
active" otherwise. Three readings of it, each for every unit and part, over images with and without the part:

- :func:`separation`: the weakest activity with the part, over the strongest without it. A fragment has at least 2.
- exactly on: a unit is above 0 with the part, and 0 without it. Its separation is infinite.
- :func:`best_groups`: a group is on where all of its units are on, and should be on exactly with the part.

The weakest reading, an AUC of 1, is a separation above 1 (``helpers.metrics.selectivity``).
"""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor

LAYERS = ("conv1", "conv2", "hidden", "head")  # those with ReLU, from the input on; no network has all
STRONG = 2.0  # how many times as active a fragment is with its part


def separation(
    activity: Float[Tensor, "*stack image unit"], present: Bool[Tensor, "image part"]
) -> Float[Tensor, "*stack unit part"]:
    """Weakest activity with the part over strongest without: 0 if a unit is off for some image with the part."""
    columns = []
    for there in present.T.to(activity.device):
        weakest, strongest = activity[..., there, :].amin(-2), activity[..., ~there, :].amax(-2)
        columns.append(torch.where(weakest > 0, weakest / strongest, 0.0))
    return torch.stack(columns, dim=-1)


def share_told(
    activity: Float[Tensor, "*stack image unit"], present: Bool[Tensor, "image part"], *, at_least: float = STRONG
) -> Float[Tensor, "*stack"]:
    """Share of the parts for which some unit has this separation; infinity asks for units that are exactly on."""
    return (separation(activity, present).amax(dim=-2) >= at_least).double().mean(dim=-1)


def best_groups(
    on: Bool[Tensor, "stack image unit"],
    present: Bool[Tensor, "image part"],
    *,
    kept: int = 200,
) -> Float[Tensor, "stack size part"]:
    """How well the best group of at most 1, 2 and 3 units tells each part: its balanced accuracy.

    A group is on where all its units are on. Balanced accuracy is the mean of two shares: of the images with the part
    for which it is on, and of those without for which it is off; 1 if it is on exactly with the part.

    Single units and pairs are all tried. A third unit is tried on the ``kept`` best pairs of each part: with at most
    19 units these are all pairs, and the result is exact; else a better triple may exist.
    """
    states, columns = on.float(), []
    for there in present.T.to(on.device):
        pairs = _balanced(states, states, there)  # a unit with itself is the single unit
        single, pair = pairs.diagonal(dim1=-2, dim2=-1).amax(-1), pairs.amax((-2, -1))
        columns.append(torch.stack([single, pair, _with_a_third(states, there, pairs, kept)], dim=1))
    return torch.stack(columns, dim=-1).double()


def _with_a_third(
    states: Float[Tensor, "stack image unit"],
    there: Bool[Tensor, " image"],
    pairs: Float[Tensor, "stack unit unit"],
    kept: int,
) -> Float[Tensor, " stack"]:
    """The best of the kept pairs with one unit more."""
    units = pairs.shape[-1]
    upper = pairs.masked_fill(~torch.ones(units, units, dtype=torch.bool, device=pairs.device).triu(), -1).flatten(1)
    chosen = upper.topk(min(kept, units * (units + 1) // 2), dim=1).indices  # (stack, pair)
    first, second = (index[:, None].expand(-1, states.shape[1], -1) for index in (chosen // units, chosen % units))
    both = states.gather(2, first) * states.gather(2, second)  # (stack, image, pair)
    return _balanced(both, states, there).amax((-2, -1))


def _balanced(
    a: Float[Tensor, "stack image left"], b: Float[Tensor, "stack image right"], there: Bool[Tensor, " image"]
) -> Float[Tensor, "stack left right"]:
    """Balanced accuracy of "both on" for every combination of the two."""
    hit, false = (a[:, rows].mT @ b[:, rows] / rows.sum() for rows in (there, ~there))
    return (hit + 1 - false) / 2
