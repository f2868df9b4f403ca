"""How sure a number is: intervals over seeds and for proportions."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray


class Interval(NamedTuple):
    """A mean with the ends of an interval around it; the ends are None where one value gives no interval."""

    mean: float
    low: float | None
    high: float | None


class Band(NamedTuple):
    """An interval at every point of a curve; without a width (low = mean = high) for a single curve."""

    mean: Float[np.ndarray, " point"]
    low: Float[np.ndarray, " point"]
    high: Float[np.ndarray, " point"]


def mean_interval(values: Sequence[float] | NDArray[np.floating], confidence: float = 0.95) -> Interval:
    """Mean over seeds and Student's t interval for the expected value.

    Raises ValueError without a value and for a confidence outside 0..1.
    """
    return _interval(values, confidence, further=0)


def prediction_interval(values: Sequence[float] | NDArray[np.floating], confidence: float = 0.95) -> Interval:
    """Mean over seeds and the interval in which the value of one further seed is expected (Student's t).

    Raises ValueError without a value and for a confidence outside 0..1.
    """
    return _interval(values, confidence, further=1)


def mean_band(curves: Float[np.ndarray, "seed point"], confidence: float = 0.95) -> Band:
    """:func:`mean_interval` at every point of one curve per seed, vectorised."""
    seeds = len(curves)
    mean = curves.mean(axis=0)
    if seeds == 1:
        return Band(mean, mean, mean)
    half = _quantile(seeds, confidence) * curves.std(axis=0, ddof=1) / math.sqrt(seeds)
    return Band(mean, mean - half, mean + half)


def proportion_interval(successes: int, trials: int, confidence: float = 0.95) -> Interval:
    """A proportion and its Wilson score interval, which stays sensible near 0 and 1.

    Raises ValueError (from SciPy) for no trial and for more successes than trials.
    """
    from scipy import stats  # takes a second to import, and most pages have no use for it

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
    from scipy import special  # a quarter of a second, and a page without seeds has no use for it

    return float(special.stdtrit(count - 1, (1 + confidence) / 2))
