"""The rules for what is measured. Which name of ``claims.yml`` makes which rule stands in ``helpers.pages.rules``."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from helpers.pages.demands import Demand, Sample, Values, combined
from helpers.pages.formatting import number, span
from helpers.pages.rule import ClaimError, Judgement, Rule, StudyValue, names, unnamed
from helpers.pages.verdicts import FAILS, HOLDS, UNDECIDED
from helpers.statistics import intervals
from helpers.statistics.intervals import Interval, mean_interval
from helpers.statistics.rank_correlation import rank_correlation

_NUMBER = {"type": "number"}
_POSITIVE = {"type": "number", "exclusiveMinimum": 0}
_OR_SEEDS = {"or_seeds": {"const": True}}
_SEEDS_OF_A_PREDICTION = 4  # with fewer values a prediction interval contains nearly everything
_WIDEST_PREDICTION = 0.3  # its largest half width, as a share of the study's value, that can tell anything


@dataclass(frozen=True)
class Bound(Rule):
    """The expected value is at least (above) or at most (below) this number."""

    schema: ClassVar = _NUMBER

    bound: float
    side: Literal["above", "below"]

    def describe(self, study_value: StudyValue = None) -> str:
        return f"at {'least' if self.side == 'above' else 'most'} {number(self.bound)}"

    def limits(self, study_value: StudyValue) -> list[float]:
        return [self.bound]

    def demands(self, sample: Sample, study_value: StudyValue) -> list[Demand]:
        interval = self.summary(sample, unnamed(sample.values))
        return [Demand(interval=interval, side=self.side, bound=self.bound)]

    def advantage(self, sample: Sample, floor: Sample) -> list[Demand]:
        gain = intervals.difference_interval(unnamed(sample.values), unnamed(floor.values))
        return [Demand(interval=gain, side=self.side, bound=0, at_bound=UNDECIDED)]


class _Inside(Rule):
    """The expected value lies between two limits, both included."""

    def demands(self, sample: Sample, study_value: StudyValue) -> list[Demand]:
        low, high = self.limits(study_value)
        interval = self.summary(sample, unnamed(sample.values))
        return [Demand(interval=interval, side="above", bound=low), Demand(interval=interval, side="below", bound=high)]

    def against(self, sample: Sample, floor: Sample, study_value: StudyValue) -> str:
        # Between two limits there is no better side: the floor itself has to lie elsewhere.
        found = combined(demand.verdict(is_exact=True) for demand in self.demands(floor, study_value))
        return HOLDS if found == FAILS else UNDECIDED


@dataclass(frozen=True)
class Between(_Inside):
    """The expected value lies between two numbers, both included."""

    schema: ClassVar = {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2}

    low: float
    high: float

    def describe(self, study_value: StudyValue = None) -> str:
        return f"between {number(self.low)} and {number(self.high)}"

    def limits(self, study_value: StudyValue) -> list[float]:
        return [self.low, self.high]


@dataclass(frozen=True)
class Within(_Inside):
    """The expected value deviates from the study's value by at most a tolerance.

    tolerance: a share of the study's value (0.15 = 15%) or, with ``in_units``, in the unit of the value.
    or_seeds: it is enough if the study's value lies in the 95% prediction interval for one further seed. That counts
    only for at least four values, and an interval of at most ±30% of the study's value: a wider one tells nothing.
    """

    schema: ClassVar = _POSITIVE
    options: ClassVar = _OR_SEEDS
    needs_study_value = True

    tolerance: float
    in_units: bool = False
    or_seeds: bool = False

    def describe(self, study_value: StudyValue = None) -> str:
        near = number(self.tolerance) if self.in_units else f"{100 * self.tolerance:.3g}%"
        limits = "" if study_value is None else " ({} to {})".format(*map(number, self.limits(study_value)))
        seeds = (
            f"; or the study's value where one more of at least {_SEEDS_OF_A_PREDICTION} seeds would lie with 95%,"
            f" if that interval is no wider than ±{100 * _WIDEST_PREDICTION:.0f}% of it"
        )
        return f"within {near} of the study's value{limits}{seeds if self.or_seeds else ''}"

    def limits(self, study_value: StudyValue) -> list[float]:
        assert isinstance(study_value, int | float)  # needs_study_value
        reach = self.tolerance if self.in_units else self.tolerance * abs(study_value)
        return [study_value - reach, study_value + reach]

    def judge(self, sample: Sample, study_value: StudyValue, floor: Sample | None = None) -> Judgement:
        assert isinstance(study_value, int | float)  # needs_study_value
        verdict, remark = super().judge(sample, study_value, floor)
        values = unnamed(sample.values)
        gap = float(np.mean(values)) - study_value
        parts = ["Deviation: " + (f"{100 * gap / study_value:+.1f}%" if study_value else f"{gap:+.3g}") + ".", remark]
        if self.or_seeds and verdict != HOLDS and not sample.is_exact:
            verdict, remark = self._by_spread(values, sample, study_value, verdict)
            parts.append(remark)
        return Judgement(verdict, " ".join(filter(None, parts)))

    def _by_spread(self, values: list[float], sample: Sample, study_value: float, verdict: str) -> tuple[str, str]:
        """The verdict that the spread of single seeds allows, and why."""
        if len(values) < _SEEDS_OF_A_PREDICTION:
            return UNDECIDED, f"{len(values)} values say too little about where one run may lie."
        _, low, high = intervals.prediction_interval(values, bounds=sample.bounds)
        assert low is not None and high is not None
        said = f"One more seed would lie between {number(low)} and {number(high)} with 95%"
        if not low <= study_value <= high:
            return verdict, f"{said}."
        if high - low > 2 * _WIDEST_PREDICTION * abs(study_value):
            return UNDECIDED, f"{said}: too wide to tell."
        return HOLDS, f"{said}: the study's one run is such a seed."


@dataclass(frozen=True)
class Order(Rule):
    """The named means ascend in this order."""

    schema: ClassVar = {"type": "array", "items": {"type": "string"}, "minItems": 2}

    names: tuple[str, ...]

    def describe(self, study_value: StudyValue = None) -> str:
        return f"{' < '.join(self.names)}, by the paired differences"

    def demands(self, sample: Sample, study_value: StudyValue) -> list[Demand]:
        steps = {name: mean_interval(step) for name, step in self._steps(sample.values).items()}
        return self._ascending(steps, at_bound=FAILS)  # equal is not in order

    def advantage(self, sample: Sample, floor: Sample) -> list[Demand]:
        ours, theirs = self._steps(sample.values), self._steps(floor.values)
        gains = {name: intervals.difference_interval(ours[name], theirs[name]) for name in ours}
        return self._ascending(gains, at_bound=UNDECIDED)

    def _ascending(self, steps: Mapping[str, Interval], *, at_bound: str) -> list[Demand]:
        return [
            Demand(label=name, interval=interval, side="above", bound=0, at_bound=at_bound)
            for name, interval in steps.items()
        ]

    def _steps(self, values: Values) -> dict[str, list[float]]:
        """The paired differences of neighbours, by "a < b"."""
        if not isinstance(values, dict) or set(self.names) - set(values):
            raise ClaimError(f"The order {' < '.join(self.names)} needs one list per name; got {names(values)}.")
        return {f"{a} < {b}": list(np.subtract(values[b], values[a])) for a, b in itertools.pairwise(self.names)}


@dataclass(frozen=True)
class Trend(Rule):
    """Values increase, or decrease, with their names, which are numbers: by each seed's rank correlation (Spearman)."""

    schema: ClassVar = {"enum": ["increasing", "decreasing"]}

    direction: Literal["increasing", "decreasing"]

    def describe(self, study_value: StudyValue = None) -> str:
        return f"{self.direction}, by the rank correlation"

    def demands(self, sample: Sample, study_value: StudyValue) -> list[Demand]:
        return [self._demand(mean_interval(_rank_correlations(sample.values), bounds=(-1, 1)), at_bound=FAILS)]

    def advantage(self, sample: Sample, floor: Sample) -> list[Demand]:
        pair = _rank_correlations(sample.values), _rank_correlations(floor.values)
        return [self._demand(intervals.difference_interval(*pair), at_bound=UNDECIDED)]

    def judge(self, sample: Sample, study_value: StudyValue, floor: Sample | None = None) -> Judgement:
        verdict, remark = super().judge(sample, study_value, floor)
        rho = mean_interval(_rank_correlations(sample.values), bounds=(-1, 1))
        return Judgement(verdict, f"Rank correlation {span(*rho)}. {remark}".strip())

    def _demand(self, interval: Interval, *, at_bound: str) -> Demand:
        side: Literal["above", "below"] = "above" if self.direction == "increasing" else "below"
        return Demand(interval=interval, side=side, bound=0, at_bound=at_bound)


@dataclass(frozen=True)
class Holds(Rule):
    """A yes-or-no statement is true for more than this share of the seeds, or in all cases tried (share None)."""

    schema: ClassVar = {"anyOf": [{"type": "number", "minimum": 0, "exclusiveMaximum": 1}, {"const": "all"}]}
    is_yes_or_no = True

    share: float | None

    def describe(self, study_value: StudyValue = None) -> str:
        return "true in every case" if self.share is None else f"true in more than {100 * self.share:.3g}% of the cases"

    def limits(self, study_value: StudyValue) -> list[float]:
        return [1.0 if self.share is None else self.share]

    def summary(self, sample: Sample, part: list[float]) -> Interval:
        if any(value not in (0, 1) for value in part):
            raise ClaimError(f"A yes-or-no rule needs true or false for each case; got {number(part)}.")
        return intervals.proportion_interval(int(sum(part)), len(part))

    def demands(self, sample: Sample, study_value: StudyValue) -> list[Demand]:
        values = unnamed(sample.values)
        interval = self.summary(sample, values)
        if self.share is None:  # one counterexample decides; a case not tried cannot be asked
            met = float(all(values))
            interval = Interval(met, met, met)
        at_bound = HOLDS if self.share is None else FAILS  # "more than" a share
        return [Demand(interval=interval, side="above", bound=self.limits(None)[0], at_bound=at_bound)]

    def advantage(self, sample: Sample, floor: Sample) -> list[Demand]:
        ours, theirs = ((int(sum(each)), len(each)) for each in (unnamed(sample.values), unnamed(floor.values)))
        gain = intervals.proportion_difference_interval(ours, theirs)
        return [Demand(interval=gain, side="above", bound=0, at_bound=UNDECIDED)]

    def judge(self, sample: Sample, study_value: StudyValue, floor: Sample | None = None) -> Judgement:
        values = unnamed(sample.values)
        verdict, remark = super().judge(sample, study_value, floor)
        return Judgement(verdict, f"True for {sum(values):.0f} of {len(values)}. {remark}".strip())


def _rank_correlations(values: Values) -> list[float]:
    """For each seed, Spearman's correlation of the values with their names."""
    if not isinstance(values, dict) or len(values) < 3:
        raise ClaimError(f"A trend needs at least three named lists; got {names(values)}.")
    x = [float(name) for name in values]
    per_seed = np.array(list(values.values())).T  # (seed, name)
    return [rank_correlation(x, row) for row in per_seed]  # 0, no trend, for a constant row
