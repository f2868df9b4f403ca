"""In which directions a picture changes: harmonics of its gradient's angle, by the structure tensor and beyond.

The twofold harmonic tells one direction: its angle is twice that of the gradient. The fourfold one tells crosses: it is
positive for lines along rows and columns, negative for lines along both diagonals, and the twofold one is 0 for both.
A kernel of few points has no lines to tell: its diagonals are compared with a template.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import interpolate

from helpers.metrics.similarity import correlation

SIDE = 24  # points a side to which small pictures are enlarged

Pictures = Float[Tensor, "*rest row column"]
Harmonics = Float[Tensor, "*rest 5"]  # energy; real and imaginary part of the twofold and of the fourfold harmonic


def gradient(pictures: Pictures) -> tuple[Float[Tensor, "*rest r c"], Float[Tensor, "*rest r c"]]:
    """Central differences along rows and columns, without the outermost points."""
    down = (pictures[..., 2:, 1:-1] - pictures[..., :-2, 1:-1]) / 2
    across = (pictures[..., 1:-1, 2:] - pictures[..., 1:-1, :-2]) / 2
    return down, across


def harmonics(pictures: Pictures) -> Harmonics:
    """Energy of the gradient, and its sums with cos and sin of two and four times the gradient's angle, each point
    weighted by its energy. The angle is measured from the direction of columns towards growing rows.
    """
    down, across = gradient(pictures)
    energy = down.square() + across.square()
    two = torch.complex(across, down).square()  # energy times exp(2i angle)
    four = two.square() / energy.clamp(min=1e-12)
    parts = [energy, two.real, two.imag, four.real, four.imag]
    return torch.stack([each.sum(dim=(-2, -1)) for each in parts], dim=-1)


def of_kernels(kernels: Float[Tensor, "unit row column"]) -> Float[Tensor, "unit 5"]:
    """The same of small kernels, enlarged between their points."""
    large = interpolate(kernels[:, None], size=(SIDE, SIDE), mode="bicubic", align_corners=True)
    return harmonics(large[:, 0])


def coherence(found: Harmonics) -> Float[Tensor, "*rest"]:
    """How clear the direction is: 0 without any, 1 for a picture that changes in one direction alone."""
    return torch.hypot(found[..., 1], found[..., 2]) / found[..., 0].clamp(min=1e-12)


def crossing(found: Harmonics) -> Float[Tensor, "*rest"]:
    """The fourfold harmonic over the energy: near 1 for edges along rows and columns, near -1 along diagonals."""
    return found[..., 3] / found[..., 0].clamp(min=1e-12)


def two_diagonals(kernels: Float[Tensor, "unit row column"]) -> Float[Tensor, " unit"]:
    """The correlation of small kernels with a template that is 1 on both diagonals and 0 elsewhere, from -1 to 1."""
    rows, columns = kernels.shape[1:]
    down, across = (torch.linspace(-1, 1, length).abs() for length in (rows, columns))
    template = (down[:, None] - across[None]).abs() < 1 / max(rows, columns)
    return correlation(kernels.flatten(1), template.float().flatten()[None])


def agreement(a: Float[Tensor, "unit 5"], b: Float[Tensor, "other 5"]) -> Float[Tensor, "unit other"]:
    """cos 2(difference of directions) times both coherences, for all pairs."""
    vectors = [each[:, 1:3] / each[:, :1].clamp(min=1e-12) for each in (a, b)]
    return vectors[0] @ vectors[1].T


def mean_agreement(a: Float[Tensor, "unit 5"], b: Float[Tensor, "unit 5"]) -> tuple[float, float]:
    """cos 2(difference of directions), averaged with both coherences as weights: of the pairs, and of all other pairs.

    NaN where there is one unit, or no direction in any.
    """
    products, weights = agreement(a, b), torch.outer(coherence(a), coherence(b))
    own, other = torch.eye(len(a), dtype=torch.bool), ~torch.eye(len(a), dtype=torch.bool)
    found = [float(products[which].sum() / weights[which].sum()) for which in (own, other)]
    return found[0], found[1]


def angle(found: Harmonics) -> Float[Tensor, "*rest"]:
    """The direction of the edges in degrees, from 0 (along rows) to 180, anticlockwise as one sees the picture."""
    of_gradient = torch.atan2(found[..., 2], found[..., 1]) / 2
    return (90 - torch.rad2deg(of_gradient)) % 180
