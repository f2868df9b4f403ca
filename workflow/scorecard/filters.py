"""The form that searches and filters the claims. ``scorecard.js`` shows and uses it; without scripts all is listed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from helpers.pages.claims import KINDS
from helpers.pages.verdicts import VERDICTS
from workflow.scorecard.kinds import OURS
from workflow.scorecard.records import ReportedPage

PROTOCOLS = ("exact", "other weights", "other data", "smaller")


def form(pages: Sequence[ReportedPage]) -> str:
    """The search box, and a choice for each of study, verdict, kind and protocol, of what occurs on these pages."""
    claims = [claim for page in pages for claim in page.claims]
    studies = {page.results["page"].split("/")[0]: page.study for page in pages}
    occurring = {field: {claim[field] for claim in claims} for field in ("verdict", "kind", "protocol")}
    choices = [
        _choice("study", "Study", studies),
        _choice("verdict", "Verdict", {v: f"{sign} {v}" for v, sign in VERDICTS.items() if v in occurring["verdict"]}),
        _choice("kind", "Kind", _kinds(occurring["kind"])),
        _choice("protocol", "Protocol", _same(name for name in PROTOCOLS if name in occurring["protocol"])),
    ]
    # No field is named q: Sphinx's search fills all fields of this name.
    return (
        '<form id="claim-filter" role="search" aria-label="Claims" hidden>'
        '<label class="words">Search <input type="search" name="words" autocomplete="off" spellcheck="false"></label>'
        f"{''.join(choices)}"
        '<p class="buttons"><button type="button" name="all">Open all</button> '
        '<button type="reset">Show everything</button></p>'
        '<p role="status"></p></form>'
        # without scripts nothing opens all rows, so they stand open, also for printing and the browser's own search
        "<noscript><style>details.place::details-content { content-visibility: visible; block-size: auto }"
        "</style></noscript>\n"
    )


def _kinds(occurring: set[str]) -> dict[str, str]:
    both = {" ".join(OURS): "ours, both"} if occurring & set(OURS) else {}
    return {kind: name for kind, name in KINDS.items() if kind in occurring} | both


def _same(names: Iterable[str]) -> dict[str, str]:
    return {name: name for name in names}


def _choice(field: str, label: str, options: Mapping[str, str]) -> str:
    listed = "".join(f'<option value="{escape(value)}">{escape(name)}</option>' for value, name in options.items())
    return f'<label>{label} <select name="{field}"><option value="">all</option>{listed}</select></label>'
