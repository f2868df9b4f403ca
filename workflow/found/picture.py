"""The result of the book in one picture, true to scale: a claim of a study takes the same width everywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape

from helpers.pages.verdicts import SLIP, VERDICTS
from workflow.scorecard.kinds import counts, share_that_holds
from workflow.scorecard.markup import verdict_class
from workflow.scorecard.records import Record

_KINDS = {"number": "Numbers that the studies print", "sentence": "Sentences that they state"}
_KINDS |= {"slip": "Text and arithmetic that was checked"}


def picture(studies: Sequence[tuple[str, Sequence[Record]]]) -> str:
    """A bar for each study and kind of claim, as HTML; studies: titles with all their claims."""
    longest = max((counts(claims, [kind]).total() for _, claims in studies for kind in _KINDS), default=0)
    parts = []
    for kind, name in _KINDS.items():
        rows = [(title, counts(claims, [kind])) for title, claims in studies]
        shown = "".join(_row(title, found, kind, longest) for title, found in rows if found)
        if shown:
            parts.append(f"<section><h3>{name}</h3><ul>{shown}</ul></section>")
    return f'<div class="found-picture">{"".join(parts)}{_legend()}</div>\n'


def _row(title: str, found: Counter[str], kind: str, longest: int) -> str:
    said = f"{found[SLIP]} slips in {found.total()}" if kind == "slip" else share_that_holds(found)
    parts = "".join(
        f'<span class="{verdict_class(verdict)}" style="width:{100 * found[verdict] / longest:.4g}%" '
        f'title="{found[verdict]} {verdict}"></span>'
        for verdict in VERDICTS
        if found[verdict]
    )
    return (
        f'<li><span class="study">{escape(title)}</span><span class="length" aria-hidden="true">{parts}</span>'
        f'<span class="said">{said}</span></li>'
    )


def _legend() -> str:
    names = "".join(
        f'<li class="{verdict_class(verdict)}"><span aria-hidden="true"></span>{verdict}</li>' for verdict in VERDICTS
    )
    return f'<ul class="legend">{names}</ul>'
