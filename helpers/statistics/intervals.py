"""How certain a number is: intervals over seeds and for proportions."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray


class Interval(NamedTuple):
    """A mean with the ends of an interval around it. The ends are None if there is only one value."""

    mean: float
    low: float | None
    high: float | None


class Band(NamedTuple):
    """An interval at every point of a curve. For a single curve it has no width: low = mean = high."""

    mean: Float[np.ndarray, " point"]
    low: Float[np.ndarray, " point"]
    high: Float[np.ndarray, " point"]


def mean_interval(values: Sequence[float] | NDArray[np.floating], confidence: float = 0.95) -> Interval:
    """The mean over seeds, and Student's t interval for the expected value.

    values: one value per seed.
    confidence: the probability with which the interval contains the expected value.

    Raises ValueError if there are no values, and for a confidence outside 0..1.
    """
    return _interval(values, confidence, further=0)


def prediction_interval(values: Sequence[float] | NDArray[np.floating], confidence: float = 0.95) -> Interval:
    """The mean over seeds, and the interval in which the value of one further seed is expected (Student's t).

    values: one value per seed.
    confidence: the probability with which the interval contains the further value.

    Raises ValueError if there are no values, and for a confidence outside 0..1.
    """
    return _interval(values, confidence, further=1)


def mean_band(curves: Float[np.ndarray, "seed point"], confidence: float = 0.95) -> Band:
    """:func:`mean_interval` at every point of curves, one curve per seed; vectorised."""
    seeds = len(curves)
    mean = curves.mean(axis=0)
    if seeds == 1:
        return Band(mean, mean, mean)
    half = _quantile(seeds, confidence) * curves.std(axis=0, ddof=1) / math.sqrt(seeds)
    return Band(mean, mean - half, mean + half)


def proportion_interval(successes: int, trials: int, confidence: float = 0.95) -> Interval:
    """A proportion and its Wilson score interval, which is meaningful near 0 and 1 too.

    successes: the number of successes.
    trials: the number of trials.
    confidence: the probability with which the interval contains the true proportion.

    Raises ValueError (from SciPy) for no trials and for more successes than trials.
    """
    from scipy import stats  # imported here because it takes a second, and most pages do not need it

    result = stats.binomtest(int(successes), int(trials))
    ends = result.proportion_ci(confidence_level=confidence, method="wilson")
    return Interval(float(result.statistic), float(ends.low), float(ends.high))


def _interval(values: Sequence[float] | NDArray[np.floating], confidence: float, *, further: int) -> Interval:
    array = np.asarray(values, dtype=float)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"an interval needs a list with one number per seed, not an array of shape {array.shape}")
    mean = float(array.mean())
    if array.size == 1:
        return Interval(mean, None, None)
    half = _quantile(array.size, confidence) * float(array.std(ddof=1)) * math.sqrt(further + 1 / array.size)
    return Interval(mean, mean - half, mean + half)


def _quantile(count: int, confidence: float) -> float:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence = {confidence} is not a probability between 0 and 1")
    from scipy import special  # imported here because it takes a quarter of a second

    return float(special.stdtrit(count - 1, (1 + confidence) / 2))
