"""What a study says: the claims of ``notebooks/<study>/claims.yml``, written before they are measured.

``helpers.pages.findings`` decides them, by their rules (``helpers.pages.rules``).
"""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

from helpers import yaml_files
from helpers.errors import BadInput
from helpers.pages import expressions, rules
from helpers.pages.rule import ClaimError, Rule, StudyValue
from helpers.statistics.intervals import Bounds

KINDS = {  # what a claim is, and how a group of them is called
    "number": "printed numbers",
    "sentence": "sentences",
    "slip": "text and arithmetic",
    "control": "our controls",
    "beyond": "beyond the study",
}
OF_THE_STUDY = ("number", "sentence", "slip")


def _schema() -> Draft202012Validator:
    """The schema of ``claims.yml``: the file beside this module, completed by the schema of the rules."""
    content = json.loads(Path(__file__).with_name("claims.schema.json").read_text("utf-8"))
    content["properties"]["claims"]["items"]["properties"]["rule"] = rules.schema()
    return Draft202012Validator(content)


_SCHEMA = _schema()


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One statement of a study, or one of ours about it, as its ``claims.yml`` gives it."""

    id: str
    page: str  # the page that measures it: "02_multilayer_perceptrons"
    kind: str  # one of KINDS
    where: str  # section, table or figure of the study
    statement: str
    measured: str  # what is measured, in words
    rule: Rule
    why: str  # why this rule and this tolerance
    value: StudyValue = None
    unit: str = ""
    range: Bounds = (None, None)  # what the measured quantity can be
    over: str = "seeds"  # what there is one value of; "nothing" for one exact value
    floor: str = ""  # what is measured beside it: chance, an untrained network, shuffled labels
    protocol: Mapping[str, str] = field(default_factory=dict)  # by scale: what we measure on, against the study
    scale: str = "laptop"  # the smallest scale that can decide it

    def protocol_at(self, scale: str) -> str | None:
        """How a run of this scale is set against what the study did; None for what is not the study's."""
        return self.protocol.get(scale, self.protocol.get("laptop"))


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
            claim = _claim(entry)
            fault = _misfit(claim)
        except BadInput as error:
            raise ClaimError(f"{path.name}: {entry['id']}: {error}") from error
        if claim.id in claims:
            raise ClaimError(f"{path.name}: the id {claim.id!r} stands twice; every claim has its own.")
        if fault:
            raise ClaimError(f"{path.name}: {claim.id} {fault}.")
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


def _claim(entry: Mapping[str, Any]) -> Claim:
    protocol = entry.get("protocol", {})
    by_scale = dict.fromkeys(("laptop", "paper"), protocol) if isinstance(protocol, str) else protocol
    typed = {"rule": rules.parse(entry["rule"]), "range": tuple(entry.get("range", (None, None))), "protocol": by_scale}
    return Claim(**{**entry, **typed})


def _misfit(claim: Claim) -> str:
    """What of a claim does not fit the rest of it, as the end of a sentence; "" if all does."""
    rule, (least, greatest) = claim.rule, claim.range
    if rule.needs_study_value and not isinstance(claim.value, int | float):
        return "compares with the study's value, but gives no number"
    if least is not None and greatest is not None and least >= greatest:
        return f"has the range {least} to {greatest}; the lower end is first"
    if claim.kind in ("number", "sentence") and rule.is_measured and not claim.protocol:
        return "is the study's and measured, and needs a protocol"
    if isinstance(rule, rules.Arithmetic):
        if claim.kind != "slip":
            return f"is decided by arithmetic on the study's values, which is kind slip, not {claim.kind}"
        unknown = expressions.names(rule.expression) - (claim.value.keys() if isinstance(claim.value, dict) else set())
        return f"has no value named {', '.join(sorted(unknown))}, which its arithmetic needs" if unknown else ""
    return "has a floor, but nothing is measured" if claim.floor and not rule.is_measured else ""


def find(claims: Mapping[str, Claim], claim_id: str) -> Claim:
    """The claim with this id; raises a ClaimError that suggests the nearest ids."""
    if claim_id not in claims:
        near = difflib.get_close_matches(claim_id, claims, n=3, cutoff=0.4)
        hint = f"; the nearest are {', '.join(near)}" if near else ""
        raise ClaimError(f"No claim {claim_id!r} stands in claims.yml{hint}.")
    return claims[claim_id]
