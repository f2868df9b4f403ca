"""What all rules share: a rule asks for something (``demands``), and is judged by it, also against a floor."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from helpers.errors import BadInput
from helpers.pages.demands import Demand, Sample, Values, combined
from helpers.pages.verdicts import FAILS, HOLDS
from helpers.statistics.intervals import Interval, mean_interval

# The study's own number(s), if it gives any; names are those of an expression
StudyValue = float | list[float] | dict[str, Any] | None


class ClaimError(BadInput):
    """A claims file, the name of a claim or its measured values do not fit."""


class Judgement(NamedTuple):
    """What a rule decides, and a remark beyond the rule and the numbers ("" if there is nothing to say)."""

    verdict: str
    remark: str = ""


class Rule(ABC):
    """A rule that decides claims. The class variables say in what it differs from most rules."""

    schema: ClassVar[Mapping[str, Any]]  # JSON schema of its argument
    options: ClassVar[Mapping[str, Mapping[str, Any]]] = {}  # JSON schema of each option, by name
    is_measured: ClassVar[bool] = True  # False: a claim with this rule has no values
    needs_study_value: ClassVar[bool] = False  # True: compares with the one number that the study gives
    is_yes_or_no: ClassVar[bool] = False  # True: the values are truth values

    @abstractmethod
    def describe(self, study_value: StudyValue = None) -> str:
        """The rule in words, as it is applied."""

    def demands(self, sample: Sample, study_value: StudyValue) -> list[Demand]:
        """What is asked of these values. Raises ClaimError for values to which the rule cannot be applied."""
        raise NotImplementedError

    def advantage(self, sample: Sample, floor: Sample) -> list[Demand]:
        """What is asked of the differences between the values and the floor."""
        raise NotImplementedError

    def against(self, sample: Sample, floor: Sample, study_value: StudyValue) -> str:
        """Whether the values show more than the floor: ``holds``, ``fails`` or ``undecided``."""
        return combined(demand.verdict(is_exact=sample.is_exact) for demand in self.advantage(sample, floor))

    def limits(self, study_value: StudyValue) -> list[float]:
        """The bounds of the rule in the unit of the values, to be drawn beside them."""
        return []

    def summary(self, sample: Sample, part: list[float]) -> Interval:
        """The mean and interval of one list of values, as this rule looks at them."""
        return mean_interval(part, bounds=sample.bounds)

    def judge(self, sample: Sample, study_value: StudyValue, floor: Sample | None = None) -> Judgement:
        """The verdict for finite values, and against the floor if there is one."""
        asked = self.demands(sample, study_value)
        found = [(demand, demand.verdict(is_exact=sample.is_exact)) for demand in asked]
        verdict = combined(each for _, each in found)
        labels = [f"{demand.label} ({each})" for demand, each in found if demand.label and each != HOLDS]
        remarks = [f"Not shown: {', '.join(labels)}."] if labels else []
        if any(demand.interval.low is None for demand in asked) and not sample.is_exact:
            remarks.append("A single value has no interval.")
        if floor is not None and verdict != FAILS:
            against = self.against(sample, floor, study_value)
            verdict = combined([verdict, against])
            if against != HOLDS:
                worse = "less than" if against == FAILS else "not shown to be more than"
                remarks.append(f"It is {worse} what is found without what the claim is about.")
        return Judgement(verdict, " ".join(remarks))


def unnamed(values: Values) -> list[float]:
    """Values that have no names; raises ClaimError for others."""
    if isinstance(values, dict):
        raise ClaimError(f"The rule needs one number per seed; got values named {names(values)}.")
    return values


def names(values: Values) -> str:
    """The names of values, for a sentence."""
    return ", ".join(values) if isinstance(values, dict) else "values without names"
