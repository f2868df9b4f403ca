"""What a study says, what we measured, and the verdict.

A study's claims stand in ``notebooks/<study>/claims.yml``, written before they are measured. A page hands over
only what it measured; this module alone decides, from the rule in the file, which of five verdicts follows.

Rules (one key in the file's ``rule``):

===============  ==================================================================================
``within``       the mean over seeds lies within this share of the study's value (0.15 = 15 %);
                 with ``or_seeds: true`` it is also enough that the study's single value lies in the
                 95 % prediction interval for one further seed
``within_units`` the same with an absolute tolerance, in the units of the value
``at_most``      mean at most this number, and so is the end of its 95 % interval that decides
``at_least``     mean at least this number, likewise
``between``      mean between two numbers, both ends included
``order``        measured names in ascending order: each mean below the next, and the 95 % interval
                 of each paired difference over seeds excludes 0
``trend``        ``increasing`` or ``decreasing`` over numeric names: Spearman's rank correlation of
                 value and name, per seed; its mean and 95 % interval have the right sign
``holds``        the share of seeds for which a yes-or-no statement is true is at least this
``arithmetic``   the study's own numbers, equations or definitions agree with each other (true or
                 false, no seeds); where not, the verdict is "paper inconsistent"
``not_testable`` nothing here can decide it; the text says why
===============  ==================================================================================
"""

from __future__ import annotations

import difflib
import html
import itertools
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from jsonschema import Draft202012Validator

from helpers.errors import BadInput
from helpers.pages.parameters import SCALES
from helpers.statistics.intervals import mean_interval, prediction_interval

VERDICTS = {
    "reproduced": "✓",
    "not reproduced": "✗",
    "paper inconsistent": "≠",
    "needs a larger scale": "…",
    "not testable here": "–",
}

_SAFE = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's is twenty times as fast, where it is there
_SCHEMA = Draft202012Validator(json.loads(Path(__file__).with_name("claims.schema.json").read_text("utf-8")))

Values = list[float] | dict[str, list[float]]
Summary = float | dict[str, float | None] | None  # None: not finite, or one seed alone has no interval


class ClaimError(BadInput):
    """A claims file, a claim's name or its measured values do not fit."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One statement of a study, as its ``claims.yml`` gives it."""

    id: str
    page: str  # the page that measures it: "02_multilayer_perceptrons"
    where: str  # section, table or figure of the study
    statement: str
    rule: dict[str, Any]
    why: str  # why this rule and this tolerance
    value: float | list[float] | None = None  # the study's own number(s), if it gives any
    scale: str = "laptop"  # the smallest scale that can decide it

    @property
    def kind(self) -> str:
        return next(key for key in self.rule if key != "or_seeds")


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
            "rule": describe(c),
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
        """Yes-or-no statements are counted in the reason instead."""
        return self.values is not None and self.claim.kind not in ("holds", "arithmetic")

    def measured(self) -> str:
        """Mean and interval as text; for named values one part per name, at most twelve."""
        if isinstance(self.mean, dict):
            assert isinstance(self.low, dict) and isinstance(self.high, dict)
            parts = [f"{k} {_span(m, self.low[k], self.high[k])}" for k, m in self.mean.items()]
            return ", ".join(parts if len(parts) <= 12 else [*parts[:6], "…", *parts[-5:]])
        assert not isinstance(self.low, dict) and not isinstance(self.high, dict)
        return _span(self.mean, self.low, self.high)


def number(value: object) -> str:
    """A number (or a list of numbers) as a reader wants it: four significant digits."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(number(v) for v in value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def _span(mean: float | None, low: float | None, high: float | None) -> str:
    if mean is None:
        return "not a number"
    return number(mean) if low is None or high is None else f"{number(mean)} [{number(low)}, {number(high)}]"


def describe(claim: Claim) -> str:
    """The claim's rule in words."""
    arg = claim.rule[claim.kind]
    either = " or inside the 95 % prediction interval for one seed"
    text = {
        "within": lambda: f"study's value within {100 * arg:.3g} %",
        "within_units": lambda: f"study's value within {number(arg)}",
        "at_most": lambda: f"at most {number(arg)}",
        "at_least": lambda: f"at least {number(arg)}",
        "between": lambda: f"between {number(arg[0])} and {number(arg[1])}",
        "order": lambda: " < ".join(arg),
        "trend": lambda: arg,
        "holds": lambda: f"holds for at least {100 * arg:.3g} % of the seeds",
        "arithmetic": lambda: "the study's own numbers agree",
        "not_testable": lambda: "none",
    }[claim.kind]()
    return text + (either if claim.rule.get("or_seeds") else "")


def load(path: Path) -> dict[str, Claim]:
    """The claims of one study by their ids, in the file's order.

    Raises ClaimError with the first fault: not valid against ``claims.schema.json``, or an id given twice.
    """
    content = yaml.load(path.read_text("utf-8"), _SAFE)
    for error in _SCHEMA.iter_errors(content):
        place = "/".join(str(part) for part in error.absolute_path)
        raise ClaimError(f"{path.name}: {place or 'the file'}: {error.message}.")
    claims: dict[str, Claim] = {}
    for entry in content["claims"]:
        claim = Claim(**entry)
        if claim.id in claims:
            raise ClaimError(f"{path.name}: the id {claim.id!r} stands twice; every claim has its own.")
        if claim.kind in ("within", "within_units") and not isinstance(claim.value, int | float):
            raise ClaimError(f"{path.name}: {claim.id} compares with the study's value, but gives no number.")
        claims[claim.id] = claim
    return claims


def find(claims: Mapping[str, Claim], claim_id: str) -> Claim:
    """The claim of this id; raises ClaimError that suggests the nearest ids."""
    if claim_id not in claims:
        near = difflib.get_close_matches(claim_id, claims, n=3, cutoff=0.4)
        hint = f"; the nearest are {', '.join(near)}" if near else ""
        raise ClaimError(f"No claim {claim_id!r} stands in claims.yml{hint}.")
    return claims[claim_id]


def decide(
    claim: Claim, values: object = None, *, scale: str, changed_parameters: Sequence[str] = (), missing: str = ""
) -> Finding:
    """The finding for a claim.

    values: one number per seed, or a mapping from a name to one number per seed (``order``, ``trend``); a single
    number or truth value for ``arithmetic``. Tensors and arrays are taken as they are.
    scale: the run's scale; below the claim's own nothing is judged.
    altered: the run's parameters that differ from the page's defaults ("noise_std = 1.5"): the claim is about the
    study's setting, so nothing is judged then either.
    lacking: what this machine would need for the claim to be measured ("ImageNet's weights"); then there are no values.
    """
    if claim.kind == "not_testable":
        return _finding(claim, None, "not testable here", f"{claim.rule['not_testable']}")
    if missing:
        return _finding(claim, None, "not testable here", f"This needs {missing}, which cannot be had here.")
    plain = _plain(claim, values)
    if claim.kind == "arithmetic":
        agrees = all(_flat(plain))
        verdict = "reproduced" if agrees else "paper inconsistent"
        return _finding(
            claim,
            plain,
            verdict,
            "The study's own arithmetic " + ("agrees." if agrees else "rules this out."),
        )
    if SCALES.index(scale) < SCALES.index(claim.scale):
        reason = f"Decided at scale {claim.scale}; this run is at {scale}."
        return _finding(claim, plain, "needs a larger scale", reason)
    if changed_parameters:
        reason = f"The study's setting was changed here: {', '.join(changed_parameters)}."
        return _finding(claim, plain, "not testable here", reason)
    if not all(math.isfinite(v) for v in _flat(plain)):
        return _finding(claim, plain, "not reproduced", "A measured value is not finite.")
    holds, reason = _judge(claim, plain)
    return _finding(claim, plain, "reproduced" if holds else "not reproduced", reason)


def _judge(claim: Claim, values: Values) -> tuple[bool, str]:
    arg, rule = claim.rule[claim.kind], f"Rule: {describe(claim)}."
    if claim.kind == "order":
        return _judge_order(list(arg), values, rule)
    if claim.kind == "trend":
        return _judge_trend(arg, values, rule)
    assert isinstance(values, list)
    mean, low, high = mean_interval(values)
    if claim.kind in ("within", "within_units"):
        assert isinstance(claim.value, int | float)
        tolerance = arg * abs(claim.value) if claim.kind == "within" else arg
        gap = mean - claim.value
        away = f"{100 * gap / claim.value:+.1f} %" if claim.value else f"{gap:+.3g}"
        if abs(gap) <= tolerance:
            return True, f"{rule} Deviation: {away}."
        if claim.rule.get("or_seeds") and len(values) > 1:
            _, lower, upper = prediction_interval(values)
            if lower is not None and upper is not None and lower <= claim.value <= upper:
                return True, f"{rule} Deviation: {away}, but explained by the spread over seeds."
        return False, f"{rule} Deviation: {away}."
    if claim.kind == "at_most":
        return (mean if high is None else high) <= arg, rule
    if claim.kind == "at_least":
        return (mean if low is None else low) >= arg, rule
    if claim.kind == "between":
        return arg[0] <= mean <= arg[1], rule
    assert claim.kind == "holds"
    return mean >= arg, f"{rule} It holds for {sum(values):.0f} of {len(values)}."


def _judge_order(names: list[str], values: Values, rule: str) -> tuple[bool, str]:
    if not isinstance(values, dict) or set(names) - set(values):
        raise ClaimError(f"The order {' < '.join(names)} needs one list per name; got {_names(values)}.")
    open_pairs = []
    for lower, upper in itertools.pairwise(names):
        mean, low, _ = mean_interval(np.subtract(values[upper], values[lower]))
        if mean <= 0 or (low is not None and low <= 0):
            open_pairs.append(f"{lower} < {upper} ({'reversed' if mean <= 0 else 'undecided'})")
    if open_pairs:
        return False, f"{rule} Not shown by the paired differences over seeds: {', '.join(open_pairs)}."
    return True, rule


def _judge_trend(direction: str, values: Values, rule: str) -> tuple[bool, str]:
    if not isinstance(values, dict) or len(values) < 3:
        raise ClaimError(f"A trend needs at least three named lists; got {_names(values)}.")
    from scipy import stats  # takes a second to import: only a page with a trend waits for it

    x = [float(name) for name in values]
    per_seed = np.array(list(values.values())).T
    # a constant row has no rank correlation: it shows no trend
    rho = [float(stats.spearmanr(x, row).statistic) if np.ptp(row) > 0 else 0.0 for row in per_seed]
    sign = 1 if direction == "increasing" else -1
    mean, low, _ = mean_interval([sign * r for r in rho])
    return (mean if low is None else low) > 0, f"{rule.rstrip('.')} (rank correlation {sign * mean:.2f})."


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
    array = np.atleast_1d(np.asarray(values.cpu() if hasattr(values, "cpu") else values, dtype=float))
    if array.ndim != 1 or not array.size:
        raise ClaimError(f"The claim {claim.id} takes one number per seed; got shape {array.shape}.")
    return [float(v) for v in array]


def _flat(values: Values) -> list[float]:
    return [v for part in values.values() for v in part] if isinstance(values, dict) else values


def _names(values: Values) -> str:
    return ", ".join(values) if isinstance(values, dict) else "values without names"


def as_json(values: Values | None) -> Any:
    """The values as JSON can hold them: a number that is not finite becomes null."""
    if isinstance(values, dict):
        return {name: as_json(part) for name, part in values.items()}
    return None if values is None else [v if math.isfinite(v) else None for v in values]


def summarise(values: Values | None) -> tuple[Any, Any, Any]:
    """Mean and both ends of the 95 % interval over seeds (None where one seed gives none), per name if named."""
    if values is None:
        return None, None, None
    if isinstance(values, dict):
        spans = {name: summarise(part) for name, part in values.items()}
        return tuple({name: span[i] for name, span in spans.items()} for i in range(3))  # type: ignore[return-value]
    if not all(math.isfinite(v) for v in values):
        return None, None, None
    return tuple(mean_interval(values))  # type: ignore[return-value]


def _finding(claim: Claim, values: Values | None, verdict: str, reason: str) -> Finding:
    mean, low, high = summarise(values)
    return Finding(claim=claim, verdict=verdict, reason=reason, values=values, mean=mean, low=low, high=high)
