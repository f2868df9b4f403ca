"""The rows of the scorecard: one for each table or figure of the study, which opens to its claims."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape

from helpers.pages.strip import strip
from workflow.scorecard.kinds import NAMES, OURS
from workflow.scorecard.markup import measured, printed, tally, verdict_name
from workflow.scorecard.places import heading, place
from workflow.scorecard.records import Record

_OURS = "Ours: controls, and what goes beyond the study"
_LONGEST = 2000  # characters of a strip; that of many names or values is left to the claim's box


def rows(claims: Sequence[Record]) -> str:
    """The claims of one page as HTML: a row for each place, in the order of their first claims; ours come last."""
    groups: dict[str, list[Record]] = {}
    for claim in sorted(claims, key=lambda claim: claim["kind"] in OURS):
        name = _OURS if claim["kind"] in OURS else heading(place(claim["where"]))
        groups.setdefault(name, []).append(claim)
    return "".join(_row(name, group) for name, group in groups.items()) + "\n"


def _row(name: str, claims: Sequence[Record]) -> str:
    found = Counter(claim["verdict"] for claim in claims)
    inside = "".join(_claim(claim) for claim in claims)
    return (
        f'<details class="place"><summary><span class="name">{escape(name)}</span> {tally(found)}</summary>'
        f'<ul class="claims">{inside}</ul></details>'
    )


def _claim(claim: Record) -> str:
    unit = f" {escape(claim['unit'])}" if claim["unit"] else ""
    facts = [
        f'<div class="measured">{escape(claim["measured"])}: '
        f"{measured(claim['mean'], claim['low'], claim['high'])}{unit}</div>",
        _strip(claim),
        f"<div>Study: {printed(claim['study_value'])}{unit}</div>" if claim["study_value"] is not None else "",
        f"<div>Rule: {escape(claim['rule'])}</div>",
        f"<div>{escape(claim['reason'])}</div>" if claim["reason"] else "",
    ]
    origin = [escape(claim["where"]), NAMES[claim["kind"]]]
    origin += [f"protocol: {claim['protocol']}"] if claim["protocol"] else []
    return (
        f'<li id="claim-{escape(claim["id"])}" data-verdict="{claim["verdict"]}" data-kind="{claim["kind"]}" '
        f'data-protocol="{claim["protocol"] or ""}">'
        f'<div class="statement">{verdict_name(claim["verdict"])} '
        f'<a href="{escape(claim["address"])}">{escape(claim["statement"])}</a></div>'
        f"{''.join(facts)}"
        f'<div class="origin">{"; ".join(origin)}; <a href="{escape(claim["code"])}">code</a></div></li>'
    )


def _strip(claim: Record) -> str:
    drawn = strip({**claim, "study": claim["study_value"]})
    return drawn if len(drawn) <= _LONGEST else ""
