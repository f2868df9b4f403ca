"""The rows of the scorecard: one for each table or figure of the study, which opens to its claims.

What was measured for a claim lies in a script beside the page, from which it is filled in where a row opens: with more
than a thousand claims, the page would else be heavy.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from helpers.pages.box import kind_and_place
from helpers.pages.strip import strip
from helpers.pages.untrained import in_words
from workflow import unit_links
from workflow.scorecard.kinds import OURS
from workflow.scorecard.markup import measured, printed, tally, verdict_name
from workflow.scorecard.places import heading, place
from workflow.scorecard.records import Record

_OURS = "Ours: controls, and what goes beyond the study"
SCRIPT = "scorecard_rows.js"  # beside the scorecard
_LONGEST = 2500  # characters of a strip; that of many names or values is left to the claim's box


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
    origin = [escape(kind_and_place(claim))]
    origin += [f"protocol: {claim['protocol']}"] if claim["protocol"] else []
    origin += [f"rule of {claim['rule_date']}"] if claim["rule_date"] else []
    return (
        f'<li id="claim-{escape(claim["id"])}" data-verdict="{claim["verdict"]}" data-kind="{claim["kind"]}" '
        f'data-protocol="{claim["protocol"] or ""}">'
        f'<div class="statement">{verdict_name(claim["verdict"])} '
        f'<a href="{escape(claim["address"])}">{escape(claim["statement"])}</a></div>'
        f'<div class="origin">{"; ".join(origin)}; <a href="{escape(claim["code"])}">code</a></div></li>'
    )


def details(claim: Record, units: Sequence[str] = ()) -> str:
    """What was measured for a claim: its strip, and its facts in lines; as HTML.

    units: of the unit explorer, that the claim names.
    """
    named = f"Units: {unit_links.links(units)}" if units else ""
    return _strip(claim) + "".join(f"<div>{fact}</div>" for fact in (*_facts(claim), named) if fact)


def script(claims: Iterable[Record], units: Mapping[str, Sequence[str]]) -> str:
    """The text of ``SCRIPT``: it sets ``window.CLAIM_DETAILS``, the details of each claim by its id.

    units: of the explorer that each claim names, as :func:`workflow.unit_links.named` gives them.
    """
    found = {claim["id"]: details(claim, units.get(claim["id"], ())) for claim in claims}
    return f"window.CLAIM_DETAILS = {json.dumps(found, ensure_ascii=False)};\n"


def _facts(claim: Record) -> list[str]:
    """What was measured, beside the floor and the study, and the rule; an empty text where there is nothing to say."""
    unit = f" {escape(claim['unit'])}" if claim["unit"] else ""
    floor = claim["floor"]
    found = f": {measured(claim['mean'], claim['low'], claim['high'])}{unit}" if claim["values"] is not None else ""
    beside = (
        f"Floor, {escape(floor['text'])}: {measured(floor['mean'], floor['low'], floor['high'])}{unit}" if floor else ""
    )
    study = f"Study: {printed(claim['study_value'])}{unit}" if claim["study_value"] is not None else ""
    reason = f". {escape(claim['reason'])}" if claim["reason"] else ""
    control = in_words(claim["untrained"])
    return [
        f"Measured: {escape(claim['measured'])}{found}",
        beside,
        f"{control[:1].upper()}{escape(control[1:])}",
        study,
        f"Rule: {escape(claim['rule'])}{reason}",
    ]


def _strip(claim: Record) -> str:
    drawn = strip({**claim, "study": claim["study_value"]})
    return drawn if len(drawn) <= _LONGEST else ""
