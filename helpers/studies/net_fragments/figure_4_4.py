"""What section 4.2 reads from figure 4.4, as numbers: one per seed for the heads of all models together."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.studies.net_fragments import unit_states
from helpers.studies.net_fragments.digits import TWO_PIXELS_APART

# What the study's sentences ask of a head that looks as it describes figure 4.4: at least, or at most.
AT_LEAST = {"active-for-every-class": 0.5, "similarly-strong": 0.5}
AT_MOST = {"slightly": 0.25, "none-switches": 0.1}


def sentences(head: Float[Tensor, "seed model digit unit"]) -> dict[str, Float[Tensor, " seed"]]:
    """The measure of each sentence, by the end of its claim's id; units count that are active for some digit.

    A value is not a number if no unit of a seed is active.
    """
    ever = unit_states.ever_active(head)  # (seed, model, unit)
    used = ever.flatten(1)

    def share(mask: Tensor) -> Tensor:
        return (mask.flatten(1) & used).sum(1) / used.sum(1)

    change = unit_states.relative_change(head, TWO_PIXELS_APART).flatten(1)  # (seed, model and pair and unit)
    concerned = ~change.isnan()
    switched = unit_states.switches(head, TWO_PIXELS_APART)  # (seed, model, pair, unit)
    return {
        "not-all-twelve": (~ever).any(-1).float().mean(1),
        "active-for-every-class": share(unit_states.always_active(head)),
        "similarly-strong": share(unit_states.weakest_share(head) >= 0.5),
        "slightly": unit_states.variation(head).flatten(1).nanmedian(1).values,
        "dense-map": (head > 0).sum((1, 2, 3)) / (head.shape[2] * used.sum(1)),
        "one-and-four": unit_states.shared_units(head, 1, 4).nanmean(1),
        "nearly-all-change": ((change > 0.01) & concerned).sum(1) / concerned.sum(1),
        "change-a-little": change.nanmedian(1).values,
        "none-switches": switched.any(-1).float().mean((1, 2)),
    }


def looks_as_described(measured: dict[str, Float[Tensor, " seed"]]) -> Tensor:
    """Whether a seed meets the bounds of all four sentences on how units respond."""
    met = [measured[name] >= bound for name, bound in AT_LEAST.items()]
    met += [measured[name] <= bound for name, bound in AT_MOST.items()]
    return torch.stack(met).all(0)
