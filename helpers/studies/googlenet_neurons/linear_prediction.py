"""How well one set of numbers can be predicted from another by the best linear map, from sums of products alone."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

_RIDGE = 1e-9  # of the mean square of a predictor: silent units have none, and would leave the map undetermined


def products(columns: Float[Tensor, "row column"]) -> Float[Tensor, "column_1 column_1"]:
    """Sums of products of all pairs of columns, in float64, a column of ones standing before them."""
    own = torch.cat([torch.ones(len(columns), 1), columns], dim=1).double()  # (row, 1 + column)
    return own.T @ own


def predicted(
    fitted: Float[Tensor, "column column"],
    tested: Float[Tensor, "column column"],
    predictors: Float[Tensor, "column predictor"],
    targets: slice,
) -> Float[Tensor, " target"]:
    """The share of the variance of each target that a linear map predicts on rows on which it was not fitted.

    fitted, tested: sums of products over the rows to fit on, and over others, as :func:`products` gives them.
    predictors: each predictor as a combination of the columns; a constant is added.
    targets: the columns that are predicted.

    At most 1, and below 0 where the mean of the other rows would do better; NaN for a target that does not vary.
    """
    constant = torch.zeros(len(fitted), 1, dtype=torch.double)
    constant[0] = 1
    combined = torch.cat([constant, predictors.double()], dim=1)
    own = combined.T @ fitted @ combined
    ridge = _RIDGE * own.diagonal().mean() * torch.eye(len(own), dtype=torch.double)
    solution = torch.linalg.solve(own + ridge, combined.T @ fitted[:, targets])  # (predictor, target)
    crossed = combined.T @ tested[:, targets]
    square = tested.diagonal()[targets]
    error = square - 2 * (solution * crossed).sum(0) + (solution * (combined.T @ tested @ combined @ solution)).sum(0)
    return (1 - error / variation(tested, targets)).where(variation(tested, targets) > 0, torch.nan)


def variation(tested: Float[Tensor, "column column"], targets: slice) -> Float[Tensor, " target"]:
    """The sum of squared deviations of each target from its mean."""
    return tested.diagonal()[targets] - tested[0, targets] ** 2 / tested[0, 0]


def principal(fitted: Float[Tensor, "column column"], targets: slice, count: int) -> Float[Tensor, "column component"]:
    """The first principal components of the targets, as combinations of the columns."""
    of = fitted[targets, targets] - torch.outer(fitted[0, targets], fitted[0, targets]) / fitted[0, 0]
    _, directions = torch.linalg.eigh(of)  # from the least variance to the largest
    found = torch.zeros(len(fitted), count, dtype=torch.double)
    found[targets] = directions[:, -count:]
    return found
