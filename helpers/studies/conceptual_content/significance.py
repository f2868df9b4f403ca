"""How a unit stands among the units of its layer: p-values by rank and by a normal fit, and whether the fit is one.

The study gives p-values "based on the distribution of all other values within the layer" (section 2.3) and does not say
how. By rank, a share of the units is below any p, whatever they are. A normal fit misleads where values are skewed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from helpers.studies.conceptual_content.along_layers import Layers

Side = Literal["high", "low"]


def p_by_rank(values: Float[Tensor, "*rest unit"], *, side: Side = "high") -> Float[Tensor, "*rest unit"]:
    """Share of the units that are at least as extreme, the unit itself included: 1 / units for the first."""
    signed = (values if side == "high" else -values).contiguous()
    ascending = signed.sort(dim=-1).values
    return (values.shape[-1] - torch.searchsorted(ascending, signed)).double() / values.shape[-1]


def p_by_normal_fit(values: Float[Tensor, "*rest unit"], *, side: Side = "high") -> Float[Tensor, "*rest unit"]:
    """Probability of a value at least as extreme under a normal distribution fitted to the *other* units."""
    x = values.double()
    others = x.shape[-1] - 1
    mean = (x.sum(dim=-1, keepdim=True) - x) / others
    centred = x - x.mean(dim=-1, keepdim=True)
    squares = centred.square().sum(dim=-1, keepdim=True) - centred.square() * (others + 1) / others
    z = (x - mean) / (squares.clamp(min=0) / (others - 1)).sqrt()
    return torch.special.ndtr(-z if side == "high" else z)


def within_layers(
    p: Callable[..., Float[Tensor, " unit"]], values: Float[Tensor, " unit"], layers: Layers, *, side: Side
) -> Float[Tensor, " unit"]:
    """p-values of the units of each layer among its units with a finite value; NaN for others, and for two or fewer.

    p: :func:`p_by_rank` or :func:`p_by_normal_fit`.
    """
    found = torch.full_like(values, torch.nan, dtype=torch.double)
    for where in layers.values():
        has = values[where].isfinite()
        if int(has.sum()) > 2:
            found[where] = found[where].masked_scatter(has, p(values[where][has], side=side))
    return found


def skewness(values: Float[Tensor, "*rest unit"]) -> Float[Tensor, "*rest"]:
    """The third standardised moment: below 0 if the longer tail is that of small values."""
    centred = values.double() - values.double().mean(dim=-1, keepdim=True)
    return centred.pow(3).mean(dim=-1) / centred.square().mean(dim=-1).pow(1.5)


def shapiro_wilk(values: Float[Tensor, "*rest unit"]) -> Float[Tensor, "*rest"]:
    """The p-value of Shapiro and Wilk's test of normality (SciPy's); 0 for equal values, NaN for fewer than three."""
    from scipy import stats  # imported here because it takes a second, and few pages need it

    if values.shape[-1] < 3:
        return torch.full(values.shape[:-1], torch.nan, dtype=torch.double)
    rows = values.double().cpu().flatten(0, -2).numpy() if values.ndim > 1 else values.double().cpu().numpy()[None]
    found = np.array([stats.shapiro(row).pvalue if np.ptp(row) > 0 else 0.0 for row in rows])
    return torch.from_numpy(found).reshape(values.shape[:-1])
