"""What was measured for a claim, and the verdict.

A page hands over only what it measured; the verdict follows from the claim's rule, the scale of the run, what of its
setting was changed, and the floor that is measured beside it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from helpers.pages.box import box
from helpers.pages.claims import Claim
from helpers.pages.demands import Sample, Values
from helpers.pages.formatting import span
from helpers.pages.parameters import SCALES
from helpers.pages.rule import ClaimError, Judgement, Rule
from helpers.pages.untrained import Untrained
from helpers.pages.values import ValuesError, numbers
from helpers.pages.verdicts import FAILS, LARGER_SCALE, NOT_TESTABLE, SLIP, UNDECIDED
from helpers.statistics.intervals import Interval, mean_interval

_SLACK = 1e-6  # by how much rounding may carry a value out of its range, relative to the end of the range


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Values with their means and 95% intervals. A mean is None if a value is not finite."""

    sample: Sample
    summary: dict[str, Interval | None]  # by name; unnamed values have the name ""

    @property
    def is_named(self) -> bool:
        return isinstance(self.sample.values, dict)

    def as_json(self) -> dict[str, Any]:
        """Values, mean, low and high; each a mapping if the values are named."""
        parts: list[Any] = [as_json(self.sample.values)]
        for end in ("mean", "low", "high"):
            ends = {name: getattr(interval, end, None) for name, interval in self.summary.items()}
            parts.append(ends if self.is_named else ends[""])
        return dict(zip(("values", "mean", "low", "high"), parts, strict=True))

    def text(self) -> str:
        """Mean and interval; one part per name if values are named, of which at most twelve are shown."""
        shown = {name: span(*(i or (None, None, None))) for name, i in self.summary.items()}
        parts = [f"{name}: {text}" if name else text for name, text in shown.items()]
        return "; ".join(parts if len(parts) <= 12 else [*parts[:6], "…", *parts[-5:]])


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A claim with its measurement and verdict: an entry of ``results.json``."""

    claim: Claim
    scale: str  # of the run
    verdict: str
    reason: str  # what is to be said beyond the rule and the numbers
    measured: Measured | None = None
    floor: Measured | None = None
    untrained: Untrained | None = None  # what networks before any training give, where there is no floor

    @property
    def rule(self) -> str:
        """The rule as it was applied."""
        claim = self.claim
        text = claim.rule.describe(claim.value)
        if claim.over != "nothing" and claim.rule.is_measured and text != "true in every case":
            text += ", with the whole 95% interval"
        return f"{text}; and more than the floor" if claim.floor else text

    def limits(self) -> list[float]:
        """The bounds of the rule in the unit of the values."""
        return self.claim.rule.limits(self.claim.value)

    def as_json(self) -> dict[str, Any]:
        c = self.claim
        nothing = dict.fromkeys(("values", "mean", "low", "high"))
        floor = {"text": c.floor, **self.floor.as_json()} if self.floor else None
        return {
            "id": c.id,
            "kind": c.kind,
            "where": c.where,
            "statement": c.statement,
            "study": c.value,
            "measured": c.measured,
            "unit": c.unit,
            "over": c.over,
            "rule": self.rule,
            "limits": self.limits(),
            "floor": floor,
            "protocol": c.protocol_at(self.scale),
            "why": c.why,
            "scale": c.scale,
            **(self.measured.as_json() if self.measured else nothing),
            "verdict": self.verdict,
            "reason": self.reason,
            "untrained": self.untrained._asdict() if self.untrained else None,
        }

    def _repr_html_(self) -> str:
        return box(self.as_json())

    def __repr__(self) -> str:
        measured = f" Measured: {self.measured.text()}." if self.measured else ""
        return f"{self.verdict.upper()}: {self.claim.statement} ({self.claim.where}){measured} Rule: {self.rule}."


def decide(
    claim: Claim,
    values: object = None,
    floor: object = None,
    *,
    scale: str,
    changed_parameters: Sequence[str] = (),
    missing: str = "",
) -> Finding:
    """The finding for a claim.

    claim: the claim that is decided.
    values: one number per seed, or a mapping from a name to one number per seed (``order``, ``trend``). Tensors and
    arrays need no conversion; a masked value is not finite.
    floor: the same of what the claim's ``floor`` names; a single number is known exactly.
    scale: the run's scale; below the claim's own scale there is no judgement.
    changed_parameters: the run's parameters that differ from the page's defaults ("noise_std = 1.5"). If there are any,
    there is no judgement, since the claim is about the study's setting.
    missing: what this machine would need to measure the claim ("ImageNet's weights"); then there are no values.

    Raises ClaimError for values that do not fit the claim.
    """
    rule = claim.rule
    if not rule.is_measured:
        return _judged(claim, scale, rule.judge(Sample(values=[]), claim.value))
    if missing:
        reason = f"This needs {missing}, which cannot be had here."
        return Finding(claim=claim, scale=scale, verdict=NOT_TESTABLE, reason=reason)
    if (floor is None) == bool(claim.floor):
        raise ClaimError(f"The claim {claim.id} {'needs' if claim.floor else 'has no'} floor in claims.yml.")
    sample = _sample(claim, values)
    beside = None if floor is None else _sample(claim, floor)
    judgement = _unjudged(claim, sample, beside, scale=scale, changed_parameters=changed_parameters)
    try:
        judgement = judgement or rule.judge(sample, claim.value, beside)
        measured = [None if one is None else _measured(rule, one) for one in (sample, beside)]
    except ClaimError as error:
        raise ClaimError(f"The claim {claim.id}: {error}") from None
    return _judged(claim, scale, judgement, *measured)


def _unjudged(
    claim: Claim, sample: Sample, floor: Sample | None, *, scale: str, changed_parameters: Sequence[str]
) -> Judgement | None:
    """The verdict of a claim that this run cannot judge by its rule; None if it can."""
    if SCALES.index(scale) < SCALES.index(claim.scale):
        return Judgement(LARGER_SCALE, f"Decided at scale {claim.scale}; this run is at {scale}.")
    if changed_parameters:
        return Judgement(NOT_TESTABLE, f"The study's setting was changed here: {', '.join(changed_parameters)}.")
    if not all(_is_finite(one.values) for one in (sample, floor) if one):
        return Judgement(UNDECIDED, "A measured value is not finite.")
    return None


def _judged(claim: Claim, scale: str, judgement: Judgement, *measured: Measured | None) -> Finding:
    verdict = SLIP if claim.kind == "slip" and judgement.verdict == FAILS else judgement.verdict
    values, floor = measured or (None, None)
    return Finding(claim=claim, scale=scale, verdict=verdict, reason=judgement.remark, measured=values, floor=floor)


def _measured(rule: Rule, sample: Sample) -> Measured:
    summary = {name: rule.summary(sample, part) if _is_finite(part) else None for name, part in sample.named().items()}
    return Measured(sample=sample, summary=summary)


def summarise(values: list[float]) -> dict[str, Any]:
    """A measurement that belongs to no claim, as JSON: its values, their mean, and the ends of the 95% interval."""
    interval = mean_interval(values) if _is_finite(values) else None
    return Measured(sample=Sample(values=values), summary={"": interval}).as_json()


def has_values(values: object) -> bool:
    """Whether there is a number for a claim, and under every name where values are named."""
    if isinstance(values, Mapping):
        return bool(values) and all(has_values(part) for part in values.values())
    if values is None:
        return False
    return not hasattr(values, "__len__") or getattr(values, "ndim", 1) == 0 or len(values) > 0


def _sample(claim: Claim, values: object) -> Sample:
    """The values as the claim describes them; raises ClaimError if they do not fit it."""
    if values is None:
        raise ClaimError(f"The claim {claim.id} needs measured values.")
    plain: Values
    if isinstance(values, Mapping):
        plain = {str(name): _floats(claim, v) for name, v in values.items()}
        if len({len(v) for v in plain.values()}) != 1:
            raise ClaimError(f"The claim {claim.id} needs as many values for each name (one per seed).")
    else:
        plain = _floats(claim, values)
    sample = Sample(values=plain, bounds=claim.range, over=claim.over)
    for part in sample.named().values():
        _check_range(claim, part)
    if sample.is_exact and any(len(part) > 1 for part in sample.named().values()) and not claim.rule.is_yes_or_no:
        raise ClaimError(
            f"The claim {claim.id} is over nothing and takes one value; say in claims.yml what they are of."
        )
    return sample


def _floats(claim: Claim, values: object) -> list[float]:
    try:
        array = numbers(values)
    except ValuesError as error:
        raise ClaimError(f"The claim {claim.id}: {error}.") from None
    if array.ndim != 1 or not array.size:
        raise ClaimError(f"The claim {claim.id} takes one number per seed; got shape {array.shape}.")
    return [float(v) for v in array]


def _check_range(claim: Claim, values: list[float]) -> None:
    least, greatest = claim.range
    for value in filter(math.isfinite, values):
        below = least is not None and value < least - _SLACK * max(1, abs(least))
        above = greatest is not None and value > greatest + _SLACK * max(1, abs(greatest))
        if below or above:
            ends = " to ".join("…" if end is None else f"{end:g}" for end in claim.range)
            raise ClaimError(f"The claim {claim.id} got {value:g}; its range in claims.yml is {ends}.")


def _is_finite(values: Values) -> bool:
    parts = values.values() if isinstance(values, dict) else [values]
    return all(math.isfinite(value) for part in parts for value in part)


def as_json(values: Values) -> Any:
    """The values as JSON can hold them: a number that is not finite becomes null."""
    if isinstance(values, dict):
        return {name: as_json(part) for name, part in values.items()}
    return [v if math.isfinite(v) else None for v in values]
