"""What the book says of all results together: the scorecard, claims and units as files, and which verdicts changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from helpers.errors import BadInput
from workflow import changes, errata, unit_files, verdicts, what_changed
from workflow.rule_history import CACHE, History
from workflow.scorecard import records
from workflow.scorecard.page import scorecard
from workflow.scorecard.records import Results

SCORECARD = "scorecard"  # the page of the table of contents that is made from results alone
FILES = (*records.FILES, *unit_files.FILES)  # beside the scorecard, for readers to download
CHANGED = "what_changed.md"  # the page with the mark that stands for the lists
ERRATA = "errata.md"  # likewise


class ReportError(BadInput):
    """The results of the pages do not fit together."""


def made(
    found: Sequence[tuple[str, Results]], sources: Mapping[str, bytes], *, root: Path, build: Path
) -> dict[str, bytes]:
    """The sources of the book that are made from results, by their paths.

    found: the title of the study and the content of ``results.json`` for each page, in the book's order.
    sources: the book's prose by its paths, in which the lists of changes have their place.
    root: the folder of the checkout, with ``notebooks`` and the history.
    build: the folder of everything made, in which what was read from the history is kept.

    Raises ReportError if two studies have a claim of the same name, and BadInput for damaged lists of verdicts and for
    tables of units that are damaged or do not fit together.
    """
    titles = {_folder(results): title for title, results in found}
    history = History(root.resolve(), cache=build / CACHE)
    fixed = {study: history.fixed(study) for study in titles}
    pages = [records.reported(title, results, fixed[_folder(results)]) for title, results in found]
    _check_names(pages)
    units = unit_files.joined([results for _, results in found], build / "results")
    texts = {f"{SCORECARD}.md": scorecard(pages) + unit_files.section(units), **records.files(pages)}
    if CHANGED in sources:
        texts[CHANGED] = (
            sources[CHANGED].decode().replace(what_changed.MARK, _changed(found, titles, root / "notebooks"))
        )
    if ERRATA in sources:
        texts[ERRATA] = sources[ERRATA].decode().replace(errata.MARK, errata.lists(pages))
    return {name: text.encode() for name, text in texts.items()} | unit_files.files(units)


def _folder(results: Results) -> str:
    return str(results["page"]).split("/")[0]


def _check_names(pages: Sequence[records.ReportedPage]) -> None:
    studies: dict[str, str] = {}
    for claim in (claim for page in pages for claim in page.claims):
        if studies.setdefault(claim["id"], claim["study"]) != claim["study"]:
            raise ReportError(
                f"{claim['id']} is a claim of {studies[claim['id']]} and of {claim['study']}; rename one of them, "
                "since the scorecard has one place for each name."
            )


def _changed(found: Sequence[tuple[str, Results]], titles: Mapping[str, str], notebooks: Path) -> str:
    now = verdicts.found([results for _, results in found])
    reported = {
        study: {c["id"] for _, page in found if _folder(page) == study for c in page["claims"]} for study in titles
    }
    return what_changed.lists(
        titles,
        {study: changes.read(notebooks / study / changes.FILE) for study in titles},
        reported,
        verdicts.differences(verdicts.kept(notebooks), now) if now else None,
    )
