"""What a rule asks of measured values: that an expected value lies on one side of a bound.

Every measured rule is a list of demands; "between 1 and 2" has two. A demand is met if the whole 95% interval lies on
its side of the bound, and broken if the whole interval lies on the other side. Else more seeds would tell.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from helpers.pages.verdicts import FAILS, HOLDS, UNDECIDED
from helpers.statistics.intervals import Bounds, Interval

Values = list[float] | dict[str, list[float]]  # one number per seed, or that for each name


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Measured values, what they can be, and what there is one of ("seeds"; "nothing": one exact value)."""

    values: Values
    bounds: Bounds = (None, None)
    over: str = "seeds"

    @property
    def is_exact(self) -> bool:
        return self.over == "nothing"

    def named(self) -> dict[str, list[float]]:
        return self.values if isinstance(self.values, dict) else {"": self.values}


@dataclass(frozen=True, kw_only=True)
class Demand:
    """The expected value of what is measured lies on one side of a bound.

    label: names the demand where a rule has several ("a < b").
    interval: the mean and its 95% interval; without ends for a single value.
    side: the side of the bound that is asked for.
    at_bound: the verdict if the expected value is the bound itself. ``holds``: the bound belongs to the side.
    """

    label: str = ""
    interval: Interval
    side: Literal["above", "below"]
    bound: float
    at_bound: str = HOLDS

    def verdict(self, *, is_exact: bool = False) -> str:
        """``holds``, ``fails`` or ``undecided``. A single value decides only if it is exact."""
        mean, low, high = self.interval
        if low is None or high is None:
            if not is_exact:
                return UNDECIDED
            low = high = mean
        near, far = (low, high) if self.side == "above" else (-high, -low)
        bound = self.bound if self.side == "above" else -self.bound
        if near > bound or (near == bound and self.at_bound == HOLDS):
            return HOLDS
        if near == far == bound:
            return self.at_bound
        return FAILS if far < bound or (far == bound and self.at_bound == FAILS) else UNDECIDED


def combined(verdicts: Iterable[str]) -> str:
    """The verdict on several demands: ``fails`` if one fails, ``holds`` if all hold, else ``undecided``."""
    found = set(verdicts)
    if FAILS in found:
        return FAILS
    return HOLDS if found <= {HOLDS} else UNDECIDED
