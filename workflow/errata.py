"""The list of slips in the studies' own text and arithmetic, for the page of the book that shows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby

from helpers.pages.verdicts import SLIP
from workflow.scorecard.markup import literal, printed
from workflow.scorecard.places import heading
from workflow.scorecard.records import Record, ReportedPage

MARK = "<!-- slips of the studies -->"  # in the prose of the page


def lists(pages: Sequence[ReportedPage]) -> str:
    """What replaces ``MARK``, in Markdown with HTML: the slips of each study, in the order of its pages."""
    parts = []
    for study, group in groupby(pages, lambda page: page.study):
        found = [claim for page in group for claim in page.claims if claim["verdict"] == SLIP]
        if found:
            parts.append(f"## {literal(study)}\n\n{_counted(found)}\n\n{_listed(found)}\n")
    return "\n".join(parts) or "No page of this book found a slip.\n"


def _counted(found: Sequence[Record]) -> str:
    return "One slip." if len(found) == 1 else f"{len(found)} slips."


def _listed(found: Iterable[Record]) -> str:
    return f'<ol class="errata">{"".join(map(_slip, found))}</ol>'


def _slip(claim: Record) -> str:
    """Where it stands, what the study says, why that cannot be, and the arithmetic with the numbers of the study."""
    return (
        f'<li id="slip-{escape(claim["id"])}"><strong>{escape(heading(claim["where"]))}.</strong> '
        f"The study: {escape(claim['statement'])} <br>{escape(claim['why'])} "
        f'{_arithmetic(claim)} <a href="{escape(claim["address"])}">Its box</a></li>'
    )


def _arithmetic(claim: Record) -> str:
    """The expression that is false; where no printed number decides, what was tried instead."""
    if claim["study_value"] is None or claim["values"] is not None:
        return f"Tried: {escape(claim['measured'])}. {escape(claim['reason'])}"
    values = claim["study_value"]
    given = printed(values) if isinstance(values, dict) else f"value: {printed(values)}"
    return f"Not true: <code>{escape(claim['rule'])}</code> with {given}."
