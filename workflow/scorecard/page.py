"""The page of the scorecard, in MyST Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby

from workflow.scorecard import filters
from workflow.scorecard.markup import literal
from workflow.scorecard.records import Record, ReportedPage, Results, fields
from workflow.scorecard.rows import rows
from workflow.scorecard.totals import headline, totals

_INTRODUCTION = """\
# Scorecard

Every claim that a study makes and a page of this book measures, with our number beside the study's and a verdict.
What the verdicts mean, and how each is decided, is said [on the first page](index.md#how-to-read-a-verdict).
"""

_DOWNLOADS = """\
## All claims as files

<p><a href="claims.json" download>claims.json</a> (its form: <a href="claims.schema.json">claims.schema.json</a>)
and <a href="claims.csv" download>claims.csv</a> hold the same fields of every claim.{history}
Commit, machine, weights and times of the runs stand in the <a href="certificate.html">certificate</a>.</p>

"""
_NO_HISTORY = """
This book was built without the history of its claims (no git, or a shallow clone), so the files do not say at which
commit each rule was fixed."""


def scorecard(pages: Sequence[ReportedPage]) -> str:
    """The scorecard of these pages, in the book's order."""
    studies = [(study, list(group)) for study, group in groupby(pages, lambda page: page.study)]
    counted = [(_folder(group[0]), study, _claims(group)) for study, group in studies]
    parts = [
        _INTRODUCTION,
        headline(_claims(pages)),
        "## Totals\n",
        "Lengths are true to scale. What we add ourselves is not counted among the study's claims.\n",
        totals(counted),
        "## Claims\n",
        "A row for each table, figure or section of a study. It opens to its claims, and a claim leads to its box on\n"
        "the page that measures it, and to the code there.\n",
        filters.form(pages),
    ]
    for study, group in studies:
        parts += [f"## {literal(study)}\n"]
        for page in group:
            parts += [f"### {literal(_title(page.results))}\n", _run(page.results), _listed(page)]
    dated = any(claim["rule_commit"] for claim in _claims(pages))
    return "\n".join([*parts, _DOWNLOADS.replace("{history}", "" if dated else _NO_HISTORY), _fields()])


def _folder(page: ReportedPage) -> str:
    return str(page.results["page"]).split("/")[0]


def _claims(pages: Sequence[ReportedPage]) -> list[Record]:
    return [claim for page in pages for claim in page.claims]


def _title(results: Results) -> str:
    """The title of a page with its number in the study, as the contents have it: "6. Bottleneck networks"."""
    number = results["page"].split("/")[1].split("_")[0]
    return f"{int(number)}. {results['title']}"


def _run(results: Results) -> str:
    seeds = results["seeds"]
    shown = f"seed {seeds[0]}" if len(seeds) == 1 else f"{len(seeds)} seeds ({seeds[0]} to {seeds[-1]})"
    return (
        f"[Open the page](/{results['page']}.ipynb). Run at scale **{results['scale']}** with {shown} "
        f"on {literal(results['device'])}, in {results['seconds']:.0f} s.\n"
    )


def _listed(page: ReportedPage) -> str:
    if not page.claims:
        return "This page measures no claim of the study.\n"
    return f'<div class="places" data-study="{escape(_folder(page))}">{rows(page.claims)}</div>\n'


def _fields() -> str:
    """What each field of the downloads means, as a list of definitions."""
    listed = "".join(f"<dt><code>{name}</code></dt><dd>{escape(meaning)}</dd>" for name, meaning in fields().items())
    return f'<details class="fields"><summary>Fields</summary><dl>{listed}</dl></details>\n'
