"""The rules that decide claims: a small class for each.

A claim's ``rule`` in ``claims.yml`` has one key that names the rule, with its argument: ``{at_most: 2}`` is
``AtMost(2)``. Some rules take options beside it: ``{within: 0.15, or_seeds: true}``. A rule says what it demands
(``describe``), decides a claim from the measured values (``judge``), and holds the part of the schema of
``claims.yml`` that its argument must satisfy. A new rule is a class here and an entry in ``RULES``.
"""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from helpers.errors import BadInput
from helpers.pages.formatting import number
from helpers.statistics.intervals import mean_interval, prediction_interval

Values = list[float] | dict[str, list[float]]  # one number per seed, or that for each name
StudyValue = float | list[float] | None  # the study's own number(s), if it gives any

_NUMBER = {"type": "number"}
_POSITIVE = {"type": "number", "exclusiveMinimum": 0}
_OR_SEEDS = {"or_seeds": {"const": True}}


class ClaimError(BadInput):
    """A claims file, the name of a claim or its measured values do not fit."""


class Judgement(NamedTuple):
    """What a rule decides, and the sentence that says why."""

    verdict: str
    reason: str


class Rule(ABC):
    """A rule that decides claims. The class variables say in what it differs from most rules."""

    key: ClassVar[str]  # its name in claims.yml
    schema: ClassVar[Mapping[str, Any]]  # JSON schema of its argument
    options: ClassVar[Mapping[str, Mapping[str, Any]]] = {}  # JSON schema of each option, by name
    is_measured: ClassVar[bool] = True  # False: a claim with this rule has no values
    depends_on_run: ClassVar[bool] = True  # False: decided at every scale, whatever the parameters
    needs_study_value: ClassVar[bool] = False  # True: compares with the one number that the study gives
    is_yes_or_no: ClassVar[bool] = False  # True: the values are truth values

    @classmethod
    def from_argument(cls, argument: Any, **options: Any) -> Rule:
        """The rule with its argument and options, as ``claims.yml`` gives them and the schema has checked them."""
        return cls(argument, **options)  # type: ignore[call-arg]  # the subclasses are dataclasses

    @abstractmethod
    def describe(self) -> str:
        """The rule in words."""

    @abstractmethod
    def judge(self, values: Values, study_value: StudyValue) -> Judgement:
        """The verdict for finite values. Raises ClaimError for values to which the rule cannot be applied."""

    def judgement(self, holds: bool, remark: str = "") -> Judgement:
        """The verdict for a claim that holds or does not; the reason repeats the rule and ends with the remark."""
        return Judgement("reproduced" if holds else "not reproduced", f"Rule: {self.describe()}{remark}.")


@dataclass(frozen=True)
class Within(Rule):
    """The mean over seeds deviates from the study's value by at most this share of the value (0.15 = 15 %).

    or_seeds: it is enough if the study's value lies in the 95 % prediction interval for one further seed.
    """

    key = "within"
    schema: ClassVar = _POSITIVE
    options: ClassVar = _OR_SEEDS
    needs_study_value = True

    share: float
    or_seeds: bool = False

    def describe(self) -> str:
        return f"study's value within {100 * self.share:.3g} %{_or_seeds(self.or_seeds)}"

    def judge(self, values: Values, study_value: StudyValue) -> Judgement:
        assert isinstance(study_value, int | float)  # needs_study_value
        return _near(self, values, study_value, self.share * abs(study_value), or_seeds=self.or_seeds)


@dataclass(frozen=True)
class WithinUnits(Rule):
    """The mean over seeds deviates from the study's value by at most this tolerance, in the units of the value.

    or_seeds: as for :class:`Within`.
    """

    key = "within_units"
    schema: ClassVar = _POSITIVE
    options: ClassVar = _OR_SEEDS
    needs_study_value = True

    tolerance: float
    or_seeds: bool = False

    def describe(self) -> str:
        return f"study's value within {number(self.tolerance)}{_or_seeds(self.or_seeds)}"

    def judge(self, values: Values, study_value: StudyValue) -> Judgement:
        assert isinstance(study_value, int | float)  # needs_study_value
        return _near(self, values, study_value, self.tolerance, or_seeds=self.or_seeds)


@dataclass(frozen=True)
class AtMost(Rule):
    """The mean over seeds and the upper end of its 95 % interval are at most this number."""

    key = "at_most"
    schema: ClassVar = _NUMBER

    bound: float

    def describe(self) -> str:
        return f"at most {number(self.bound)}"

    def judge(self, values: Values, study_value: StudyValue) -> Judgement:
        mean, _, high = mean_interval(_per_seed(self, values))
        return self.judgement((mean if high is None else high) <= self.bound)


@dataclass(frozen=True)
class AtLeast(Rule):
    """The mean over seeds and the lower end of its 95 % interval are at least this number."""

    key = "at_least"
    schema: ClassVar = _NUMBER

    bound: float

    def describe(self) -> str:
        return f"at least {number(self.bound)}"

    def judge(self, values: Values, study_value: StudyValue) -> Judgement:
        mean, low, _ = mean_interval(_per_seed(self, values))
        return self.judgement((mean if low is None else low) >= self.bound)


@dataclass(frozen=True)
class Between(Rule):
    """The mean over seeds lies between two numbers, both included."""

    key = "between"
    schema: ClassVar = {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2}

    low: float
    high: float

    @classmethod
    def from_argument(cls, argument: Any, **options: Any) -> Between:
        low, high = argument
        if low > high:
            raise ClaimError(
                f"The rule between has the bounds {number(low)} and {number(high)}; the lower one is first."
            )
        return cls(low, high, **options)

    def describe(self) -> str:
        return f"between {number(self.low)} and {number(self.high)}"

    def judge(self, values: Values, study_value: StudyValue) -> Judgement:
        return self.judgement(self.low <= mean_interval(_per_seed(self, values)).mean <= self.high)


@dataclass(frozen=True)
class Order(Rule):
    """The named means ascend in this order, and the 95 % interval of each paired difference over seeds excludes 0."""

    key = "order"
    schema: ClassVar = {"type": "array", "items": {"type": "string"}, "minItems": 2}

    names: tuple[str, ...]

    @classmethod
    def from_argument(cls, argument: Any, **options: Any) -> Order:
        return cls(tuple(argument), **options)

    def describe(self) -> str:
        return " < ".join(self.names)

    def judge(self, values: Values, study_value: StudyValue) -> Judgement:
        if not isinstance(values, dict) or set(self.names) - set(values):
            raise ClaimError(f"The order {self.describe()} needs one list per name; got {_names(values)}.")
        not_shown = []
        for lower, upper in itertools.pairwise(self.names):
            mean, low, _ = mean_interval(np.subtract(values[upper], values[lower]))
            if mean <= 0 or (low is not None and low <= 0):
                not_shown.append(f"{lower} < {upper} ({'reversed' if mean <= 0 else 'undecided'})")
        if not_shown:
            remark = f". Not shown by the paired differences over seeds: {', '.join(not_shown)}"
            return self.judgement(False, remark)
        return self.judgement(True)


@dataclass(frozen=True)
class Trend(Rule):
    """Values increase, or decrease, with their names, which are numbers.

    Every seed has a rank correlation (Spearman) of value and name. The mean of these and their 95 % interval must have
    the sign of the direction.
    """

    key = "trend"
    schema: ClassVar = {"enum": ["increasing", "decreasing"]}

    direction: str

    def describe(self) -> str:
        return self.direction

    def judge(self, values: Values, study_value: StudyValue) -> Judgement:
        if not isinstance(values, dict) or len(values) < 3:
            raise ClaimError(f"A trend needs at least three named lists; got {_names(values)}.")
        from scipy import stats  # imported here because it takes a second, which only pages with a trend need

        x = [float(name) for name in values]
        per_seed = np.array(list(values.values())).T  # (seed, name)
        # a constant row has no rank correlation; it counts as 0, no trend
        rho = [float(stats.spearmanr(x, row).statistic) if np.ptp(row) > 0 else 0.0 for row in per_seed]
        sign = 1 if self.direction == "increasing" else -1
        mean, low, _ = mean_interval([sign * r for r in rho])
        return self.judgement((mean if low is None else low) > 0, f" (rank correlation {sign * mean:.2f})")


@dataclass(frozen=True)
class Holds(Rule):
    """A yes-or-no statement is true for at least this share of the seeds."""

    key = "holds"
    schema: ClassVar = {"type": "number", "exclusiveMinimum": 0, "maximum": 1}
    is_yes_or_no = True

    share: float

    def describe(self) -> str:
        return f"holds for at least {100 * self.share:.3g} % of the seeds"

    def judge(self, values: Values, study_value: StudyValue) -> Judgement:
        per_seed = _per_seed(self, values)
        remark = f". It holds for {sum(per_seed):.0f} of {len(per_seed)}"
        return self.judgement(mean_interval(per_seed).mean >= self.share, remark)


@dataclass(frozen=True)
class Arithmetic(Rule):
    """The study's own numbers, equations or definitions agree with each other: true or false, without seeds."""

    key = "arithmetic"
    schema: ClassVar = {"const": True}
    depends_on_run = False
    is_yes_or_no = True

    @classmethod
    def from_argument(cls, argument: Any, **options: Any) -> Arithmetic:
        return cls(**options)

    def describe(self) -> str:
        return "the study's own numbers agree"

    def judge(self, values: Values, study_value: StudyValue) -> Judgement:
        parts = values.values() if isinstance(values, dict) else [values]
        if all(all(part) for part in parts):
            return Judgement("reproduced", "The study's own arithmetic agrees.")
        return Judgement("paper inconsistent", "The study's own arithmetic rules this out.")


@dataclass(frozen=True)
class NotTestable(Rule):
    """Nothing here can decide the claim; the text says why."""

    key = "not_testable"
    schema: ClassVar = {"type": "string", "minLength": 10}
    is_measured = False
    depends_on_run = False

    why: str

    def describe(self) -> str:
        return "none"

    def judge(self, values: Values, study_value: StudyValue) -> Judgement:
        return Judgement("not testable here", self.why)


RULES: dict[str, type[Rule]] = {
    rule.key: rule
    for rule in (Within, WithinUnits, AtMost, AtLeast, Between, Order, Trend, Holds, Arithmetic, NotTestable)
}


def schema() -> dict[str, Any]:
    """JSON schema of a claim's ``rule``: one key of ``RULES``, and options. ``parse`` checks that they fit the rule."""
    options = {name: option for rule in RULES.values() for name, option in rule.options.items()}
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {key: rule.schema for key, rule in RULES.items()} | options,
        "oneOf": [{"required": [key]} for key in RULES],
    }


def parse(entry: Mapping[str, Any]) -> Rule:
    """The rule of an entry of ``claims.yml`` that satisfies the schema; raises ClaimError for another rule's option."""
    (key,) = (key for key in entry if key in RULES)
    rule, options = RULES[key], {name: value for name, value in entry.items() if name != key}
    for name in options:
        if name not in rule.options:
            raise ClaimError(f"The rule {key} has no option {name}.")
    return rule.from_argument(entry[key], **options)


def _or_seeds(given: bool) -> str:
    return " or inside the 95 % prediction interval for one seed" if given else ""


def _near(rule: Rule, values: Values, study_value: float, tolerance: float, *, or_seeds: bool) -> Judgement:
    """Whether the mean is within the tolerance (in units) of the study's value.

    or_seeds: whether it is enough that the study's value lies in the prediction interval for one further seed.
    """
    per_seed = _per_seed(rule, values)
    gap = mean_interval(per_seed).mean - study_value
    remark = ". Deviation: " + (f"{100 * gap / study_value:+.1f} %" if study_value else f"{gap:+.3g}")
    if abs(gap) <= tolerance:
        return rule.judgement(True, remark)
    if or_seeds and len(per_seed) > 1:
        _, low, high = prediction_interval(per_seed)
        if low is not None and high is not None and low <= study_value <= high:
            return rule.judgement(True, f"{remark}, but explained by the spread over seeds")
    return rule.judgement(False, remark)


def _per_seed(rule: Rule, values: Values) -> list[float]:
    if isinstance(values, dict):
        raise ClaimError(f"The rule {rule.key} needs one number per seed; got values named {_names(values)}.")
    return values


def _names(values: Values) -> str:
    return ", ".join(values) if isinstance(values, dict) else "values without names"
