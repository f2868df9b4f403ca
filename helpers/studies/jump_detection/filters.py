"""Properties of a filter: whether it smooths or differentiates, and what it resembles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.metrics.similarity import correlation, cosine


def rarer_sign_share(weight: Float[Tensor, "*filter tap"]) -> Float[Tensor, "*filter"]:
    """Share of the absolute weight with the rarer sign: 0 for a smoother, 0.5 for a filter that sums to zero.

    It is not a number for a filter of zeros (study: jump_detection, section 3.2.2, smoothing and differentiation
    filters).
    """
    positive, negative = weight.clamp(min=0).sum(-1), -weight.clamp(max=0).sum(-1)
    return torch.minimum(positive, negative) / (positive + negative)


def resemblance(
    weight: Float[Tensor, "*filter tap"], templates: Sequence[Float[Tensor, " _tap"]]
) -> Float[Tensor, "*filter"]:
    """Largest absolute cosine between a filter and one of the templates, at any position in the filter, also mirrored.

    Raises ValueError if a template is longer than the filters.
    """
    taps = weight.shape[-1]
    best = []
    for template in templates:
        if len(template) > taps:
            raise ValueError(f"A template of {len(template)} weights does not fit filters of {taps}.")
        places = torch.zeros(taps - len(template) + 1, taps, device=weight.device)
        for place, row in enumerate(places):
            row[place : place + len(template)] = template
        both = torch.cat([places, places.flip(-1)])  # (place, tap)
        best.append(cosine(weight.unsqueeze(-2), both).abs().amax(-1))
    return torch.stack(best).amax(0)


SMOOTHS = 0.05  # largest share of the rarer sign of a smoother, so that a weight of nearly zero does not decide
DIFFERENTIATES = 0.25  # its smallest share in a derivative: at least half of the weight cancels on a constant signal


def overshoot(weight: Float[Tensor, "*filter tap"]) -> Float[Tensor, "*filter"]:
    """How far a filter's response to a step lies beyond the two levels before and after it, over the response's range.

    It is 0 for a smoother, whose response rises from one level to the other, 1 for a filter that sums to zero, and 1/4
    for the mixed filter [1 1 1 1 -1] (study: jump_detection, figure 3.3). It is not a number for a filter of zeros.
    """
    response = torch.nn.functional.pad(weight, (1, 0)).cumsum(-1)  # from the old level, 0, to the new one
    span = response.amax(-1) - response.amin(-1)
    return (span - response[..., -1].abs()) / span


def gap_over_noise(weight: Float[Tensor, "*filter tap"]) -> Float[Tensor, "*filter"]:
    """By how much a filter raises the ratio of a jump's height to the noise's standard deviation, for white noise.

    The gap grows by the sum of the weights, the noise by their root sum of squares (study: jump_detection, eq. 3.4).
    """
    return weight.sum(-1).abs() / weight.norm(dim=-1)


class Copy(NamedTuple):
    """The copy of one signal that is closest to another: ``scale * below[t + shift] + offset``."""

    shift: Int[Tensor, " seed"]
    scale: Float[Tensor, " seed"]
    offset: Float[Tensor, " seed"]


def nearest_copy(
    below: Float[Tensor, "seed signal time"], above: Float[Tensor, "seed signal time"], *, reach: int
) -> Copy:
    """Least-squares fit of ``above`` by a scaled and shifted copy of ``below`` plus a constant.

    below: the signals that are copied.
    above: the signals that are fitted.
    reach: the largest shift, in points. Only those points are compared that have a partner for every shift.

    A convolution whose filter has a single weight gives such a copy.
    """
    inner = slice(reach, below.shape[-1] - reach)
    target = above[..., inner].flatten(1)
    moved = below.unfold(-1, below.shape[-1] - 2 * reach, 1).transpose(1, 2).flatten(2)  # (seed, shift, point)
    best = correlation(moved, target.unsqueeze(1)).abs().argmax(-1)  # it explains the most variance
    chosen = moved[torch.arange(len(best)), best]
    spread = chosen - chosen.mean(-1, keepdim=True)
    scale = (spread * target).sum(-1) / spread.square().sum(-1)
    return Copy(best - reach, scale, target.mean(-1) - scale * chosen.mean(-1))
