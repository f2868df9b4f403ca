"""Errors of predictions: localisation errors in points, shares of correct answers, cross-entropy in nats.

Predictions and true values are positions, or classes that number the positions; only their difference matters. Each
function returns one number per seed.
"""

from collections.abc import Mapping
from typing import NamedTuple

from jaxtyping import Float, Int, Num
from torch import Tensor


class LocalisationErrors(NamedTuple):
    """The four error measures of the study's tables, in points (section 3.2.3)."""

    l1: Float[Tensor, " seed"]  # mean absolute error
    l2: Float[Tensor, " seed"]  # root mean square error
    l1_99: Float[Tensor, " seed"]  # both over the signals with the lowest absolute errors
    l2_99: Float[Tensor, " seed"]


# The measures as the tables of the study call them, by the fields of LocalisationErrors
TITLES = {"l1": "L1", "l2": "L2", "l1_99": "L1, best 99%", "l2_99": "L2, best 99%"}


def claim_cells(
    table: str, errors: Mapping[str, LocalisationErrors]
) -> dict[str, dict[str, tuple[str, Float[Tensor, " seed"]]]]:
    """The cells of a printed table of errors: by row and title, the id of the claim and the values of all seeds.

    table: the beginning of the claims' ids ("table-3-3").
    errors: those of each row of the table, by the row's name.
    """
    return {
        row: {title: (f"{table}.{row}.{m.replace('_', '-')}", getattr(of_row, m)) for m, title in TITLES.items()}
        for row, of_row in errors.items()
    }


def absolute_errors(
    predicted: Num[Tensor, "seed signal"], true: Int[Tensor, "seed signal"]
) -> Num[Tensor, "seed signal"]:
    """The L1 error of each signal, ``|predicted - true|`` (section 3.2.3); integers for integer predictions."""
    return (predicted - true).abs()


def localisation_errors(
    predicted: Num[Tensor, "seed signal"], true: Int[Tensor, "seed signal"], *, kept: float = 0.99
) -> LocalisationErrors:
    """L1 and L2 error over all signals, and over the signals with the lowest errors (section 3.2.3).

    predicted, true: positions or classes.
    kept: the share of signals with the lowest errors. Of n signals round(kept * n) are kept, at least one.

    The L2 error is the root of the mean squared error. Raises ValueError unless 0 < kept <= 1.
    """
    if not 0 < kept <= 1:
        raise ValueError(f"kept = {kept} is not a share: it must be above 0 and at most 1")
    error = absolute_errors(predicted, true).double().sort(dim=1).values  # (seed, signal), lowest first
    best = error[:, : max(1, round(kept * error.shape[1]))]
    return LocalisationErrors(error.mean(1), error.square().mean(1).sqrt(), best.mean(1), best.square().mean(1).sqrt())


def within(
    predicted: Num[Tensor, "seed signal"], true: Int[Tensor, "seed signal"], tolerance: float | int
) -> Float[Tensor, " seed"]:
    """Share of signals whose absolute error is at most ``tolerance`` points."""
    return (absolute_errors(predicted, true) <= tolerance).double().mean(1)


def accuracy(predicted: Num[Tensor, "seed signal"], true: Int[Tensor, "seed signal"]) -> Float[Tensor, " seed"]:
    """Share of signals without any error."""
    return within(predicted, true, 0)


def cross_entropy(
    log_probability: Float[Tensor, "seed signal class"], true: Int[Tensor, "seed signal"]
) -> Float[Tensor, " seed"]:
    """Categorical cross-entropy in nats: the mean of -log p(true class) (section 3.3.1)."""
    return -log_probability.gather(-1, true.unsqueeze(-1)).squeeze(-1).double().mean(1)
