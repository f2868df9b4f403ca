"""What kind of filter a row of weights is: does it smooth, does it differentiate, what does it resemble?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.metrics.similarity import correlation, cosine


def rarer_sign_share(weight: Float[Tensor, "*filter tap"]) -> Float[Tensor, "*filter"]:
    """Share of the absolute weight that has the rarer sign: 0 for a smoother, 0.5 for a filter that sums to zero.

    (study: jump_detection, section 3.2.2, smoothing versus differentiation filters) Not a number for a filter of
    zeros.
    """
    positive, negative = weight.clamp(min=0).sum(-1), -weight.clamp(max=0).sum(-1)
    return torch.minimum(positive, negative) / (positive + negative)


def resemblance(
    weight: Float[Tensor, "*filter tap"], templates: Sequence[Float[Tensor, " _tap"]]
) -> Float[Tensor, "*filter"]:
    """Largest absolute cosine of the angle to one of the templates, at any place within the filter, also mirrored.

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


class Copy(NamedTuple):
    """The copy of one signal that comes nearest to another: ``scale * below[t + shift] + offset``."""

    shift: Int[Tensor, " seed"]
    scale: Float[Tensor, " seed"]
    offset: Float[Tensor, " seed"]


def nearest_copy(
    below: Float[Tensor, "seed signal time"], above: Float[Tensor, "seed signal time"], *, reach: int
) -> Copy:
    """Least squares fit of ``above`` by a scaled copy of ``below``, moved by at most ``reach`` points, plus a constant.

    Only points whose moved partner exists for every shift are compared. It is what a convolution whose filter has a
    single weight can do.
    """
    inner = slice(reach, below.shape[-1] - reach)
    target = above[..., inner].flatten(1)
    moved = below.unfold(-1, below.shape[-1] - 2 * reach, 1).transpose(1, 2).flatten(2)  # (seed, shift, point)
    best = correlation(moved, target.unsqueeze(1)).abs().argmax(-1)  # the largest explains the most variance
    chosen = moved[torch.arange(len(best)), best]
    spread = chosen - chosen.mean(-1, keepdim=True)
    scale = (spread * target).sum(-1) / spread.square().sum(-1)
    return Copy(best - reach, scale, target.mean(-1) - scale * chosen.mean(-1))
