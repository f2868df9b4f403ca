"""What single units do over a handful of inputs: silent, always on, steady, switched (net fragments study, 4.2).

Activations are those after ReLU, so that 0 means off. Inputs are called classes: there is one image of each.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


def ever_active(activity: Float[Tensor, "*stack class unit"]) -> Bool[Tensor, "*stack unit"]:
    """Units that are above 0 for at least one class."""
    return (activity > 0).any(dim=-2)


def always_active(activity: Float[Tensor, "*stack class unit"]) -> Bool[Tensor, "*stack unit"]:
    """Units that are above 0 for every class."""
    return (activity > 0).all(dim=-2)


def weakest_share(activity: Float[Tensor, "*stack class unit"]) -> Float[Tensor, "*stack unit"]:
    """A unit's weakest activity over its strongest; not a number for units that are never active."""
    return activity.amin(dim=-2) / activity.amax(dim=-2)


def variation(activity: Float[Tensor, "*stack class unit"]) -> Float[Tensor, "*stack unit"]:
    """Coefficient of variation over the classes, standard deviation over mean; not a number for silent units."""
    return activity.std(dim=-2, correction=0) / activity.mean(dim=-2)


def levels(activity: Float[Tensor, "*stack class unit"]) -> Int[Tensor, "*stack class unit"]:
    """0 for off, 1 for low, 2 for high: at least half of the layer's strongest activity (figure 4.4)."""
    top = activity.amax(dim=(-2, -1), keepdim=True)
    return (activity > 0).long() + ((activity > 0) & (activity >= top / 2))


def switches(
    activity: Float[Tensor, "*stack class unit"], pairs: Sequence[tuple[int, int]]
) -> Bool[Tensor, "*stack pair unit"]:
    """Units that are off for one class of a pair and on for the other."""
    on = activity > 0
    first, second = (list(side) for side in zip(*pairs, strict=True))
    return on[..., first, :] ^ on[..., second, :]


def relative_change(
    activity: Float[Tensor, "*stack class unit"], pairs: Sequence[tuple[int, int]]
) -> Float[Tensor, "*stack pair unit"]:
    """``abs(a - b)`` over the larger of the two activities of a pair; not a number where both are 0."""
    first, second = (activity[..., list(side), :] for side in zip(*pairs, strict=True))
    return (first - second).abs() / torch.maximum(first, second)


def shared_units(activity: Float[Tensor, "*stack class unit"], first: int, second: int) -> Float[Tensor, "*stack"]:
    """Units active for both classes, over units active for either; not a number if no unit is active for either."""
    a, b = activity[..., first, :] > 0, activity[..., second, :] > 0
    return (a & b).sum(dim=-1) / (a | b).sum(dim=-1)


def largest_gap(activity: Float[Tensor, "*stack class unit"]) -> Float[Tensor, "*stack unit"]:
    """The largest gap between neighbouring activities over their range: 1 for a unit that knows two values only.

    Not a number for units with one value.
    """
    values = activity.sort(dim=-2).values
    return values.diff(dim=-2).amax(dim=-2) / (values[..., -1, :] - values[..., 0, :])


def containment(
    activity: Float[Tensor, "*stack class unit"], part: Sequence[int], whole: int
) -> tuple[Bool[Tensor, "*stack"], Bool[Tensor, "*stack"]]:
    """What section 4 asks of fragments: some unit is on for the whole and all parts; for no part are all units on
    that are on for the whole.
    """
    on = activity > 0
    shared = on[..., [*part, whole], :].all(dim=-2).any(dim=-1)
    lacking = (on[..., [whole], :] & ~on[..., list(part), :]).any(dim=-1).all(dim=-1)
    return shared, lacking
