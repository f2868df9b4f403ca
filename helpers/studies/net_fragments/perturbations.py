"""How slight a perturbation of the pixels changes an answer (net fragments study, section 4.2).

Beside every number stands that of the *nearest digit*: a classifier that answers with the digit at the smallest
Euclidean distance. It makes the fewest mistakes under Gaussian noise, and cannot be misled by less than half the
distance to the next digit.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.ascent.loop import ascend
from helpers.ascent.steps import normalised_step
from helpers.studies.net_fragments.digits import digits
from helpers.studies.net_fragments.networks import CLASSES, FragmentNetworks


class Mistakes(NamedTuple):
    """Shares of noisy digits with a wrong answer, over digits and draws."""

    networks: Float[Tensor, " seed"]
    nearest_digit: float


@torch.no_grad()
def under_noise(networks: FragmentNetworks, std: float, *, draws: int, generator: torch.Generator) -> Mistakes:
    """Mistakes with Gaussian noise on every pixel.

    std: in units of the range of a pixel, from 0 to 1. draws: per digit, the same for all networks.
    """
    device = next(networks.parameters()).device
    clean = digits().repeat(draws, 1, 1)  # (draw and digit, row, column)
    noisy = (clean + std * torch.randn(clean.shape, generator=generator)).to(device)
    labels = torch.arange(CLASSES, device=device).repeat(draws)
    nearest = torch.cdist(noisy.flatten(1), digits().to(device).flatten(1)).argmin(1)
    wrong = (networks.predict(noisy) != labels).double().mean(1)
    return Mistakes(wrong, (nearest != labels).double().mean().item())


def margins(networks: FragmentNetworks, *, step: float = 0.02, max_steps: int = 100) -> Float[Tensor, "seed digit"]:
    """An upper bound for the length of the shortest change of a digit that changes its answer.

    Every digit climbs towards each of the nine other classes, in steps of this length: the difference between that
    class's logit and its own. The shortest of the nine changes counts, Euclidean and in units of a pixel's range; 0 for
    a digit that is wrong already. A climb that did not get there counts with the length it has reached.
    """
    device = next(networks.parameters()).device
    own, other = (~torch.eye(CLASSES, dtype=torch.bool, device=device)).nonzero().T  # the 90 ordered pairs
    start = digits().flatten(1).to(device)[own].expand(len(networks.seeds), -1, -1)

    def lead(flat: Float[Tensor, "seed pair 81"]) -> Float[Tensor, "seed pair"]:
        logits = networks(flat.unflatten(-1, (9, 9)))
        chosen = (index.expand(len(logits), -1).unsqueeze(-1) for index in (other, own))
        theirs, ours = (logits.gather(-1, index).squeeze(-1) for index in chosen)
        return theirs - ours

    climb = ascend(lead, start, step=normalised_step(step), max_steps=max_steps, until=0.0)
    return (climb.x - start).norm(dim=-1).unflatten(-1, (CLASSES, CLASSES - 1)).amin(-1)


def margins_of_nearest_digit() -> Float[Tensor, " digit"]:
    """Half the Euclidean distance from each digit to the next one: the most that any classifier can have for all."""
    flat = digits().flatten(1)
    return torch.cdist(flat, flat).fill_diagonal_(torch.inf).amin(1) / 2
