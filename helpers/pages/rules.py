"""The rules that decide claims, by their names in ``claims.yml``.

A claim's ``rule`` has one key that names the rule, with its argument: ``{at_most: 2}`` is ``Bound(2, "below")``. Some
rules take options beside it: ``{within: 0.15, or_seeds: true}``. A rule says what it asks for (``describe``), turns
measured values into demands (``demands``, see ``helpers.pages.demands``), and holds the part of the schema of
``claims.yml`` that its argument must satisfy. A new rule is a class, and an entry in ``RULES``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from helpers.pages import expressions
from helpers.pages.demands import Sample
from helpers.pages.measured_rules import Between, Bound, Holds, Order, Trend, Within
from helpers.pages.rule import ClaimError, Judgement, Rule, StudyValue
from helpers.pages.verdicts import FAILS, HOLDS, NOT_TESTABLE


@dataclass(frozen=True)
class Arithmetic(Rule):
    """The study's own printed values agree with each other: an expression over them is true."""

    schema: ClassVar = {"type": "string", "minLength": 3}
    is_measured = False

    expression: str

    def describe(self, study_value: StudyValue = None) -> str:
        return self.expression

    def judge(self, sample: Sample, study_value: StudyValue, floor: Sample | None = None) -> Judgement:
        assert isinstance(study_value, dict)  # checked when the file is read
        agrees = expressions.value(self.expression, study_value)
        return Judgement(HOLDS) if agrees else Judgement(FAILS, "The study's own numbers rule this out.")


@dataclass(frozen=True)
class NotTestable(Rule):
    """Nothing here can decide the claim; the text says why."""

    schema: ClassVar = {"type": "string", "minLength": 10}
    is_measured = False

    why: str

    def describe(self, study_value: StudyValue = None) -> str:
        return "none"

    def judge(self, sample: Sample, study_value: StudyValue, floor: Sample | None = None) -> Judgement:
        return Judgement(NOT_TESTABLE, self.why)


class _Entry(NamedTuple):
    """A rule of ``claims.yml``: its class, and how it is made of the argument and the options."""

    rule: type[Rule]
    make: Callable[..., Rule]


RULES: dict[str, _Entry] = {
    "within": _Entry(Within, Within),
    "within_units": _Entry(Within, lambda tolerance, **options: Within(tolerance, in_units=True, **options)),
    "at_most": _Entry(Bound, lambda bound: Bound(bound, "below")),
    "at_least": _Entry(Bound, lambda bound: Bound(bound, "above")),
    "between": _Entry(Between, lambda ends: Between(*ends)),
    "order": _Entry(Order, lambda names: Order(tuple(names))),
    "trend": _Entry(Trend, Trend),
    "holds": _Entry(Holds, lambda share: Holds(None if share == "all" else share)),
    "arithmetic": _Entry(Arithmetic, Arithmetic),
    "not_testable": _Entry(NotTestable, NotTestable),
}


def schema() -> dict[str, Any]:
    """JSON schema of a claim's ``rule``: one key of ``RULES``, and options. ``parse`` checks that they fit the rule."""
    options = {name: option for entry in RULES.values() for name, option in entry.rule.options.items()}
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {key: entry.rule.schema for key, entry in RULES.items()} | options,
        "oneOf": [{"required": [key]} for key in RULES],
    }


def parse(entry: Mapping[str, Any]) -> Rule:
    """The rule of an entry of ``claims.yml`` that satisfies the schema; raises ClaimError for another rule's option."""
    (key,) = (key for key in entry if key in RULES)
    options = {name: value for name, value in entry.items() if name != key}
    for name in options:
        if name not in RULES[key].rule.options:
            raise ClaimError(f"The rule {key} has no option {name}.")
    rule = RULES[key].make(entry[key], **options)
    if isinstance(rule, Between) and rule.low > rule.high:
        raise ClaimError(f"The rule between has the bounds {rule.describe()[8:]}; the lower one is first.")
    return rule
