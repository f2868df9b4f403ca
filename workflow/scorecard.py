"""The scorecard: every claim of every study, our measurement and the verdict, as one page of the book."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from typing import Any

from helpers.pages.formatting import number
from helpers.pages.verdicts import VERDICTS

Results = dict[str, Any]  # the content of a results.json

_INTRODUCTION = """\
# Scorecard

Every claim that a study makes and a page of this book measures, with our number beside the study's.
Intervals are 95 % confidence intervals over the seeds of the run. What the verdicts mean, and how each is
decided, is said [on the first page](index.md#how-to-read-a-verdict); the rule of a claim is written down
before it is measured.
"""


def scorecard(findings: Sequence[tuple[str, Results]]) -> str:
    """The scorecard page in MyST Markdown.

    findings: for each page, in the book's order, the study's title and the content of ``results.json``.
    """
    studies = [(study, [results for _, results in group]) for study, group in groupby(findings, lambda f: f[0])]
    parts = [
        _INTRODUCTION,
        "## Totals\n",
        _totals(studies),
        _filter(_count(results for _, results in findings)),
    ]
    for study, pages in studies:
        parts.append(f"## {_literal(study)}\n")
        for results in pages:
            parts += [f"### {_literal(results['title'])}\n", _run(results), _claims(results)]
    return "\n".join(parts)


def _count(pages: Iterable[Results]) -> Counter[str]:
    return Counter(claim["verdict"] for results in pages for claim in results["claims"])


def _totals(studies: Sequence[tuple[str, Sequence[Results]]]) -> str:
    """A table with a row per study: the number of claims with each verdict, as a bar and as numbers."""
    head = "".join(f'<th scope="col" class="number">{_verdict(verdict)}</th>' for verdict in VERDICTS)
    rows = []
    for study, pages in studies:
        counts = _count(pages)
        numbers = "".join(f'<td class="number">{counts[verdict]}</td>' for verdict in VERDICTS)
        rows.append(
            f'<tr><th scope="row">{escape(study)}{_bar(counts)}</th>'
            f'{numbers}<td class="number">{counts.total()}</td></tr>'
        )
    # In a narrow window the table scrolls by itself. It can have the focus, so that the keyboard can scroll it.
    return (
        '<div class="scrollable" role="region" aria-label="Totals per study" tabindex="0">'
        '<table class="totals">'
        f'<thead><tr><th scope="col">Study</th>{head}<th scope="col" class="number">All</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>\n"
    )


def _bar(counts: Counter[str]) -> str:
    """The numbers of a row as lengths; hidden from screen readers, which read the numbers instead."""
    parts = "".join(
        f'<span class="{_class(verdict)}" style="flex-grow:{counts[verdict]}">{sign}</span>'
        for verdict, sign in VERDICTS.items()
        if counts[verdict]
    )
    return f'<span class="verdict-bar" aria-hidden="true">{parts}</span>'


def _filter(counts: Counter[str]) -> str:
    """Radio buttons that scorecard.js shows and uses; without scripts all claims are visible."""
    choices = {"": f"All ({counts.total()})"}
    choices |= {_class(v): f"{_verdict(v)} ({counts[v]})" for v in VERDICTS if counts[v]}
    radios = "".join(
        f'<label><input type="radio" name="verdict" value="{value}"{"" if value else " checked"}> {label}</label>'
        for value, label in choices.items()
    )
    return (
        '<form id="verdict-filter" hidden>'
        f"<fieldset><legend>Show claims by verdict</legend>{radios}</fieldset>"
        '<p role="status"></p></form>\n'
    )


def _run(results: Results) -> str:
    seeds = results["seeds"]
    shown = f"seed {seeds[0]}" if len(seeds) == 1 else f"{len(seeds)} seeds ({seeds[0]} to {seeds[-1]})"
    return (
        f"[Open the page](/{results['page']}.ipynb). Run at scale **{results['scale']}** with {shown} "
        f"on {_literal(results['device'])}, in {results['seconds']:.0f} s.\n"
    )


def _claims(results: Results) -> str:
    if not results["claims"]:
        return "This page measures no claim of the study.\n"
    # The roles repeat what the elements mean: on a phone the style sheet shows rows as cards, and
    # browsers then do not treat them as a table.
    columns = ("Claim", "Where", "Study", "Ours", "Verdict")
    head = "".join(f'<th scope="col" role="columnheader">{column}</th>' for column in columns)
    rows = "".join(_row(claim, results["page"]) for claim in results["claims"])
    return (
        f'<table class="claims" role="table" aria-label="Claims of the page {escape(results["title"])}">'
        f'<thead role="rowgroup"><tr role="row">{head}</tr></thead>'
        f'<tbody role="rowgroup">{rows}</tbody></table>\n'
    )


def _row(claim: dict[str, Any], page: str) -> str:
    reason = f"<details><summary>Why</summary>{escape(claim['reason'])}</details>"
    cells = {
        "Where": escape(claim["where"]),
        "Study": "–" if claim["study"] is None else number(claim["study"]),
        "Ours": _measured(claim["mean"], claim["low"], claim["high"]),
        "Verdict": _verdict(claim["verdict"]) + reason,
    }
    link = f'<a href="{escape(page)}.html#claim-{escape(claim["id"])}">{escape(claim["statement"])}</a>'
    rest = "".join(f'<td role="cell" data-label="{label}">{cell}</td>' for label, cell in cells.items())
    return (
        f'<tr role="row" data-verdict="{_class(claim["verdict"])}">'
        f'<th scope="row" role="rowheader">{link}</th>{rest}</tr>'
    )


def _literal(text: str) -> str:
    """A text as Markdown that shows it as it is: no markup, no HTML, one line."""
    return re.sub(r"([\\`*{}\[\]<>&$~^|#!]|(?<!\w)_|_(?!\w))", r"\\\1", " ".join(text.split()))


def _measured(mean: Any, low: Any, high: Any) -> str:
    """Mean and interval; named values have a line each, and are folded if there are many."""
    if isinstance(mean, dict):
        lines = (f"<li>{escape(name)}: {_measured(mean[name], low[name], high[name])}</li>" for name in mean)
        listed = f"<ul>{''.join(lines)}</ul>"
        if len(mean) <= 4:
            return listed
        return f"<details><summary>{len(mean)} values</summary>{listed}</details>"
    if mean is None:
        return "–"
    if low is None or high is None:
        return number(mean)
    return f'{number(mean)} <span class="interval">[{number(low)}, {number(high)}]</span>'


def _verdict(verdict: str) -> str:
    sign = f'<span aria-hidden="true">{VERDICTS[verdict]}</span>'
    return f'<span class="verdict-name {_class(verdict)}">{sign} {verdict}</span>'


def _class(verdict: str) -> str:
    """The verdict's class in the style sheet, where it has a colour."""
    return "verdict-" + verdict.replace(" ", "-")
