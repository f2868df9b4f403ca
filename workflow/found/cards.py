"""Findings as cards: a question, our answer by the verdict of a claim, a small figure, and the way to the place.

``book/findings.yml`` lists them. The answer to a question is written for each verdict that was thought of; a build that
comes to another verdict shows the claim without an answer, and says that the card has to be written anew. A card whose
verdict is not the one that the repository keeps says so, since its answer has changed with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from helpers import yaml_files
from helpers.errors import BadInput
from helpers.pages.formatting import number
from helpers.pages.repository import REPOSITORY
from helpers.pages.verdicts import FAILS, HOLDS, LARGER_SCALE, NOT_TESTABLE, SLIP, UNDECIDED
from workflow.scorecard.markup import verdict_class, verdict_name
from workflow.scorecard.records import Record

FILE = "findings.yml"
LISTED = REPOSITORY / "book" / FILE
_WORDS = {"holds": HOLDS, "fails": FAILS, "undecided": UNDECIDED, "slip": SLIP}
_UNJUDGED = (LARGER_SCALE, NOT_TESTABLE)
_TEXT = {"type": "string", "minLength": 1}
_SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["claim", "asks", "answers", "figure"],
        "properties": {
            "claim": _TEXT,
            "asks": _TEXT,
            "answers": {
                "type": "object",
                "minProperties": 1,
                "additionalProperties": False,
                "properties": dict.fromkeys(_WORDS, _TEXT),
            },
            "figure": {
                "type": "object",
                "additionalProperties": False,
                "required": ["page", "caption"],
                "properties": {"page": _TEXT, "caption": _TEXT},
            },
        },
    },
}


class FindingsError(BadInput):
    """The list of findings cannot be read, or does not fit the results."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A card. answers: by verdict; figure: a page and the beginning of the caption of one of its figures."""

    claim: str
    asks: str
    answers: Mapping[str, str]
    figure: tuple[str, str]


def load(path: Path) -> list[Finding]:
    """The findings of a file; raises FindingsError with one sentence for one that is no list of them."""
    try:
        content = yaml_files.read_valid(path, _SCHEMA, name=path.name)
    except yaml_files.NotReadable as error:
        raise FindingsError(str(error)) from None
    return [
        Finding(
            claim=each["claim"],
            asks=each["asks"],
            answers={_WORDS[word]: text for word, text in each["answers"].items()},
            figure=(each["figure"]["page"], each["figure"]["caption"]),
        )
        for each in content
    ]


def to_read_again(findings: Sequence[Finding], verdicts: Mapping[str, str], before: Mapping[str, str]) -> list[str]:
    """What a person has to look at, a sentence for each card whose verdict changed, or was judged and has no answer.

    verdicts: of this build, by claim. before: the kept verdict of each claim of which it was another one.
    """
    said = []
    for each in findings:
        verdict = verdicts.get(each.claim, LARGER_SCALE)
        card = f"The card on {each.claim} in book/{FILE}"
        if each.claim in before:
            said.append(f"{card} changed from {before[each.claim]} to {verdict}: is its answer right?")
        if verdict not in (*_UNJUDGED, *each.answers):
            said.append(f"{card} has no answer for the verdict {verdict}.")
    return said


def cards(
    findings: Sequence[Finding],
    claims: Mapping[str, Record],
    small: Callable[[str, str], str],
    before: Mapping[str, str],
) -> str:
    """The cards as HTML.

    claims: the record of each claim by id. small: gives a small picture of a page's figure as HTML.
    before: the kept verdict of each claim that has another one in this build, by id.

    Raises FindingsError for a card whose claim no page of the book reports, or whose answer names a value that the
    claim does not have.
    """
    shown = []
    for each in findings:
        if each.claim not in claims:
            raise FindingsError(f"{FILE} has a card for {each.claim}, which no page of the book reports.")
        shown.append(_card(each, claims[each.claim], small(*each.figure), before.get(each.claim, "")))
    return f'<div class="findings">{"".join(shown)}</div>\n'


def _card(finding: Finding, claim: Record, picture: str, before: str) -> str:
    verdict, address = claim["verdict"], escape(claim["address"])
    return (
        f'<article class="finding {verdict_class(verdict)}" id="finding-{escape(claim["id"])}">'
        f'<h3><a href="{address}">{escape(finding.asks)}</a></h3>{picture}'
        f"<p>{_answer(finding, claim)}</p>"
        f'<p class="claim">{verdict_name(verdict)}: {escape(claim["statement"])}</p>'
        f"{_changed(before) if before else ''}</article>"
    )


def _changed(before: str) -> str:
    place = '<a href="what_changed.html#this-build">What changed</a>'
    return f'<p class="changed">Changed: in the last build that was kept it was {verdict_name(before)}. {place}</p>'


def _answer(finding: Finding, claim: Record) -> str:
    verdict = claim["verdict"]
    if verdict in finding.answers:
        floor = (claim["floor"] or {}).get("mean")
        given = {"mean": claim["mean"], "low": claim["low"], "high": claim["high"], "floor": floor}
        try:
            return escape(finding.answers[verdict].format(**{name: _Shown(value) for name, value in given.items()}))
        except (KeyError, ValueError, IndexError, TypeError) as error:
            raise FindingsError(f"{FILE}: the answer on {finding.claim} cannot be filled in ({error}).") from None
    if verdict in _UNJUDGED:
        return "This run cannot answer it."
    return "The verdict is not one that this card was written for: it has to be written anew."


class _Shown:
    """A value in an answer: "{mean}" is the number, "{mean:%}" the same in per cent, "{mean[name]}" one of several."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __getitem__(self, name: str) -> _Shown:
        return _Shown(self._value[name])

    def __format__(self, form: str) -> str:
        if isinstance(self._value, dict) or self._value is None:
            raise TypeError("no single number")
        return f"{100 * self._value:.0f}%" if form == "%" else number(self._value)
