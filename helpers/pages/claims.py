"""What a study says, what we measured, and the verdict.

A study's claims are in ``notebooks/<study>/claims.yml``, written before they are measured. A page hands over only
what it measured; this module decides the verdict by the claim's rule (``helpers.pages.rules`` has the rules).
"""

from __future__ import annotations

import difflib
import html
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

from helpers import yaml_files
from helpers.pages import rules
from helpers.pages.formatting import number, span
from helpers.pages.parameters import SCALES
from helpers.pages.rules import ClaimError, Rule, StudyValue, Values
from helpers.pages.values import ValuesError, numbers
from helpers.statistics.intervals import mean_interval

VERDICTS = {
    "reproduced": "✓",
    "not reproduced": "✗",
    "paper inconsistent": "≠",
    "needs a larger scale": "…",
    "not testable here": "–",
}

Summary = float | dict[str, float | None] | None  # None: a value is not finite, or one seed gives no interval


def _schema() -> Draft202012Validator:
    """The schema of ``claims.yml``: the file beside this module, completed by the schema of the rules."""
    content = json.loads(Path(__file__).with_name("claims.schema.json").read_text("utf-8"))
    content["properties"]["claims"]["items"]["properties"]["rule"] = rules.schema()
    return Draft202012Validator(content)


_SCHEMA = _schema()


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One statement of a study, as its ``claims.yml`` gives it."""

    id: str
    page: str  # the page that measures it: "02_multilayer_perceptrons"
    where: str  # section, table or figure of the study
    statement: str
    rule: Rule
    why: str  # why this rule and this tolerance
    value: StudyValue = None
    scale: str = "laptop"  # the smallest scale that can decide it


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A claim with its measurement and verdict: an entry of ``results.json``."""

    claim: Claim
    verdict: str
    reason: str
    values: Values | None
    mean: Summary
    low: Summary  # 95 % interval over seeds
    high: Summary

    def as_json(self) -> dict[str, Any]:
        c = self.claim
        return {
            "id": c.id,
            "where": c.where,
            "statement": c.statement,
            "paper": c.value,
            "rule": c.rule.describe(),
            "why": c.why,
            "scale": c.scale,
            "values": as_json(self.values),
            "mean": self.mean,
            "low": self.low,
            "high": self.high,
            "verdict": self.verdict,
            "reason": self.reason,
        }

    def _repr_html_(self) -> str:
        c = self.claim
        measured = f" Measured: {html.escape(self.measured())}." if self._has_numbers() else ""
        paper = f" Study: {html.escape(number(c.value))}." if c.value is not None else ""
        name = self.verdict.replace(" ", "-")
        return (
            f'<div class="verdict verdict-{name}" id="claim-{html.escape(c.id)}" '
            'style="border-left:0.3rem solid currentColor;padding:0.3rem 0.8rem;margin:0.6rem 0">'
            f"<strong>{VERDICTS[self.verdict]} {self.verdict.capitalize()}.</strong> "
            f"{html.escape(c.statement)} <em>({html.escape(c.where)})</em>{paper}{measured} "
            f"{html.escape(self.reason)}</div>"
        )

    def __repr__(self) -> str:
        measured = f" Measured: {self.measured()}." if self._has_numbers() else ""
        return f"{self.verdict.upper()}: {self.claim.statement} ({self.claim.where}){measured} {self.reason}"

    def _has_numbers(self) -> bool:
        """Whether mean and interval are shown; the reason for a yes-or-no statement counts the seeds instead."""
        return self.values is not None and not self.claim.rule.is_yes_or_no

    def measured(self) -> str:
        """Mean and interval as text; for named values one part per name, of which at most twelve are shown."""
        if isinstance(self.mean, dict):
            assert isinstance(self.low, dict) and isinstance(self.high, dict)
            parts = [f"{k} {span(m, self.low[k], self.high[k])}" for k, m in self.mean.items()]
            return ", ".join(parts if len(parts) <= 12 else [*parts[:6], "…", *parts[-5:]])
        assert not isinstance(self.low, dict) and not isinstance(self.high, dict)
        return span(self.mean, self.low, self.high)


def load(path: Path) -> dict[str, Claim]:
    """The claims of one study by their ids, in the file's order.

    Raises ClaimError with the first fault: the file cannot be read, is not valid against the schema, a rule or a value
    does not fit, or an id is given twice.
    """
    content = entries(path)
    for error in _SCHEMA.iter_errors(content):
        raise ClaimError(f"{path.name}: {_place(error.absolute_path)}: {_fault(error)}.")
    for place, value in _leaves(content):
        if isinstance(value, float) and not math.isfinite(value):
            raise ClaimError(f"{path.name}: {_place(place)}: {value} is not a finite number.")
    claims: dict[str, Claim] = {}
    for entry in content["claims"]:
        try:
            claim = Claim(**entry | {"rule": rules.parse(entry["rule"])})
        except ClaimError as error:
            raise ClaimError(f"{path.name}: {entry['id']}: {error}") from error
        if claim.id in claims:
            raise ClaimError(f"{path.name}: the id {claim.id!r} stands twice; every claim has its own.")
        if claim.rule.needs_study_value and not isinstance(claim.value, int | float):
            raise ClaimError(f"{path.name}: {claim.id} compares with the study's value, but gives no number.")
        claims[claim.id] = claim
    return claims


def entries(path: Path) -> Any:
    """The content of a ``claims.yml``, not validated; raises ClaimError if it cannot be read."""
    try:
        status = path.stat()
        return _parsed(path, status.st_mtime_ns, status.st_size)
    except OSError as error:
        raise ClaimError(f"{path} cannot be read: {error.strerror}.") from None
    except yaml_files.NotReadable as error:
        raise ClaimError(str(error)) from None


@lru_cache(maxsize=8)
def _parsed(path: Path, changed: int, size: int) -> Any:
    # A process that runs many pages reads the file once, for as long as it stays the same.
    return yaml_files.read(path)


def _place(parts: Iterable[object]) -> str:
    return "/".join(map(str, parts)) or "the file"


def _fault(error: ValidationError) -> str:
    """What is wrong, in a few words."""
    if error.validator == "oneOf" and isinstance(error.instance, dict):
        found = [key for key in error.instance if key in rules.RULES]
        return f"a claim has one rule of {', '.join(rules.RULES)}; this one has {' and '.join(found) or 'none'}"
    message = str(error.message)
    return message if len(message) <= 200 else f"{message[:200]} …"


def _leaves(content: Any, place: tuple[object, ...] = ()) -> Iterator[tuple[tuple[object, ...], Any]]:
    """All values of nested lists and mappings, with their places."""
    if isinstance(content, dict | list):
        for key, part in content.items() if isinstance(content, dict) else enumerate(content):
            yield from _leaves(part, (*place, key))
    else:
        yield place, content


def find(claims: Mapping[str, Claim], claim_id: str) -> Claim:
    """The claim with this id; raises a ClaimError that suggests the nearest ids."""
    if claim_id not in claims:
        near = difflib.get_close_matches(claim_id, claims, n=3, cutoff=0.4)
        hint = f"; the nearest are {', '.join(near)}" if near else ""
        raise ClaimError(f"No claim {claim_id!r} stands in claims.yml{hint}.")
    return claims[claim_id]


def decide(
    claim: Claim, values: object = None, *, scale: str, changed_parameters: Sequence[str] = (), missing: str = ""
) -> Finding:
    """The finding for a claim.

    claim: the claim that is decided.
    values: one number per seed, or a mapping from a name to one number per seed (``order``, ``trend``); a single number
    or truth value for ``arithmetic``. Tensors and arrays need no conversion; a masked value is not finite.
    scale: the run's scale; below the claim's own scale there is no judgement.
    changed_parameters: the run's parameters that differ from the page's defaults ("noise_std = 1.5"). If there are any,
    there is no judgement, since the claim is about the study's setting.
    missing: what this machine would need to measure the claim ("ImageNet's weights"); then there are no values.

    Raises ClaimError for values that do not fit the claim.
    """
    rule = claim.rule
    if not rule.is_measured:
        return _finding(claim, None, *rule.judge([], claim.value))
    if missing:
        return _finding(claim, None, "not testable here", f"This needs {missing}, which cannot be had here.")
    plain = _plain(claim, values)
    if rule.depends_on_run:
        if SCALES.index(scale) < SCALES.index(claim.scale):
            reason = f"Decided at scale {claim.scale}; this run is at {scale}."
            return _finding(claim, plain, "needs a larger scale", reason)
        if changed_parameters:
            reason = f"The study's setting was changed here: {', '.join(changed_parameters)}."
            return _finding(claim, plain, "not testable here", reason)
        if not all(math.isfinite(v) for v in _flat(plain)):
            return _finding(claim, plain, "not reproduced", "A measured value is not finite.")
    return _finding(claim, plain, *rule.judge(plain, claim.value))


def has_values(values: object) -> bool:
    """Whether there is a number for a claim, and under every name where values are named."""
    if isinstance(values, Mapping):
        return bool(values) and all(has_values(part) for part in values.values())
    if values is None:
        return False
    return not hasattr(values, "__len__") or getattr(values, "ndim", 1) == 0 or len(values) > 0


def _plain(claim: Claim, values: object) -> Values:
    if values is None:
        raise ClaimError(f"The claim {claim.id} needs measured values.")
    if isinstance(values, Mapping):
        named = {str(name): _floats(claim, v) for name, v in values.items()}
        if len({len(v) for v in named.values()}) != 1:
            raise ClaimError(f"The claim {claim.id} needs as many values for each name (one per seed).")
        return named
    return _floats(claim, values)


def _floats(claim: Claim, values: object) -> list[float]:
    try:
        array = numbers(values)
    except ValuesError as error:
        raise ClaimError(f"The claim {claim.id}: {error}.") from None
    if array.ndim != 1 or not array.size:
        raise ClaimError(f"The claim {claim.id} takes one number per seed; got shape {array.shape}.")
    return [float(v) for v in array]


def _flat(values: Values) -> list[float]:
    return [v for part in values.values() for v in part] if isinstance(values, dict) else values


def as_json(values: Values | None) -> Any:
    """The values as JSON can hold them: a number that is not finite becomes null."""
    if isinstance(values, dict):
        return {name: as_json(part) for name, part in values.items()}
    return None if values is None else [v if math.isfinite(v) else None for v in values]


def summarise(values: Values | None) -> tuple[Any, Any, Any]:
    """Mean and both ends of the 95 % interval over seeds, for each name if the values are named.

    The ends are None for a single seed; all three are None if a value is not finite.
    """
    if values is None:
        return None, None, None
    if isinstance(values, dict):
        summaries = {name: summarise(part) for name, part in values.items()}
        return tuple({name: summary[i] for name, summary in summaries.items()} for i in range(3))  # type: ignore[return-value]
    if not all(math.isfinite(v) for v in values):
        return None, None, None
    return tuple(mean_interval(values))  # type: ignore[return-value]


def _finding(claim: Claim, values: Values | None, verdict: str, reason: str) -> Finding:
    mean, low, high = summarise(values)
    return Finding(claim=claim, verdict=verdict, reason=reason, values=values, mean=mean, low=low, high=high)
