"""How certain a number is: intervals over seeds, for differences and for proportions."""

import math
import warnings
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


Bounds = tuple[float | None, float | None]  # the least and the greatest value that a quantity can have; None: no end


class Band(NamedTuple):
    """An interval at every point of a curve. For a single curve it has no width: low = mean = high."""

    mean: Float[np.ndarray, " point"]
    low: Float[np.ndarray, " point"]
    high: Float[np.ndarray, " point"]


def mean_interval(
    values: Sequence[float] | NDArray[np.floating], confidence: float = 0.95, *, bounds: Bounds = (None, None)
) -> Interval:
    """The mean over seeds, and Student's t interval for the expected value.

    values: one value per seed.
    confidence: the probability with which the interval contains the expected value.
    bounds: what the quantity can be, (0, 1) for a share. The interval is cut there, which leaves its confidence as it
    is: the expected value lies between the bounds in any case.

    Raises ValueError if there are no values, and for a confidence outside 0..1.
    """
    return _cut(_interval(values, confidence, further=0), bounds)


def prediction_interval(
    values: Sequence[float] | NDArray[np.floating], confidence: float = 0.95, *, bounds: Bounds = (None, None)
) -> Interval:
    """The mean over seeds, and the interval in which the value of one further seed is expected (Student's t).

    values: one value per seed.
    confidence: the probability with which the interval contains the further value.
    bounds: what the quantity can be; the interval is cut there.

    Raises ValueError if there are no values, and for a confidence outside 0..1.
    """
    return _cut(_interval(values, confidence, further=1), bounds)


def difference_interval(values: Sequence[float], others: Sequence[float], confidence: float = 0.95) -> Interval:
    """The difference of two means, values minus others, and its interval.

    values: one value per seed.
    others: what is subtracted. As many as values: paired, seed by seed (Student). A single number is known exactly.
    Any other count: independent samples of unequal variance (Welch).
    confidence: the probability with which the interval contains the expected difference.

    The ends are None where a mean of a single value has no interval.
    """
    if len(others) in (1, len(values)):
        return mean_interval(np.subtract(values, others), confidence)
    mean = float(np.mean(values) - np.mean(others))
    if len(values) == 1:
        return Interval(mean, None, None)
    from scipy import stats  # imported here because it takes a second, and most pages do not need it

    if np.ptp(values) == np.ptp(others) == 0:
        return Interval(mean, mean, mean)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Precision loss", RuntimeWarning)  # one of them has no spread: it is exact
        ends = stats.ttest_ind(values, others, equal_var=False).confidence_interval(confidence)
    return Interval(mean, float(ends.low), float(ends.high))


def proportion_difference_interval(
    first: tuple[int, int], second: tuple[int, int], confidence: float = 0.95
) -> Interval:
    """The difference of two proportions, first minus second, and Newcombe's interval from their Wilson intervals.

    first, second: successes and trials of each.
    confidence: the probability with which the interval contains the true difference.

    Source: Newcombe, "Interval estimation for the difference between independent proportions", 1998, method 10.
    """
    (p, low, high), (q, lower, higher) = (proportion_interval(*each, confidence) for each in (first, second))
    assert low is not None and high is not None and lower is not None and higher is not None
    return Interval(p - q, p - q - math.hypot(p - low, higher - q), p - q + math.hypot(high - p, q - lower))


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


def _cut(interval: Interval, bounds: Bounds) -> Interval:
    if interval.low is None or interval.high is None:
        return interval
    least, greatest = bounds
    low = interval.low if least is None else max(interval.low, least)
    high = interval.high if greatest is None else min(interval.high, greatest)
    return Interval(interval.mean, low, high)


def _quantile(count: int, confidence: float) -> float:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence = {confidence} is not a probability between 0 and 1")
    from scipy import special  # imported here because it takes a quarter of a second

    return float(special.stdtrit(count - 1, (1 + confidence) / 2))
