"""What the book says of all results together: the scorecard, claims and units as files, and which verdicts changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from helpers.errors import BadInput
from workflow import changes, errata, figures_counted, unit_files, verdicts, what_changed
from workflow.found import cards, extremes, parts
from workflow.found.picture import picture
from workflow.found.thumbnails import small
from workflow.passing_on import certificate, certificate_page
from workflow.rule_history import CACHE, History
from workflow.scorecard import records, rows
from workflow.scorecard.page import scorecard
from workflow.scorecard.records import Record, Results
from workflow.scorecard.totals import headline

SCORECARD = "scorecard"  # the page of the table of contents that is made from results alone
# Beside the scorecard, as they are: for readers to download, and for the scripts of the book
FILES = (*records.FILES, *unit_files.FILES, certificate.FILE, records.SCRIPT, rows.SCRIPT)
CHANGED = "what_changed.md"  # the page with the mark that stands for the lists
ERRATA = "errata.md"  # likewise
CERTIFICATE = "certificate.md"  # likewise
FOUND, FOUND_MARK = "index.md", "<!-- what we found -->"  # likewise: totals in one picture, and cards

Figure = Callable[[str, str], str]  # the HTML of a page's figure whose caption begins with a text


class ReportError(BadInput):
    """The results of the pages do not fit together."""


def made(
    found: Sequence[tuple[str, Results]],
    sources: Mapping[str, bytes],
    *,
    root: Path,
    build: Path,
    figure: Figure,
    named: Mapping[str, Sequence[str]],
    wanted: Sequence[str] = (),
    repository: str = "",
) -> dict[str, bytes]:
    """The sources of the book that are made from results, by their paths.

    found: the title of the study and the content of ``results.json`` for each page, in the book's order.
    sources: the book's pages by their paths; what is made has its place in the prose.
    root: the folder of the checkout, with ``notebooks`` and the history.
    build: the folder of everything made, in which what was read from the history is kept.
    figure: gives a page's figure.
    named: the units of the explorer that each claim names, as :func:`workflow.unit_links.named` gives them.
    wanted: the pages of the table of contents; of these, the first pages of studies are made.
    repository: the address of the source repository; empty if it is not known.

    Raises ReportError if two studies have a claim of the same name, and BadInput for damaged lists of verdicts,
    findings or conclusions, and for tables of units that are damaged or do not fit together.
    """
    titles = {_folder(results): title for title, results in found}
    history = History(root.resolve(), cache=build / CACHE)
    fixed = {study: history.fixed(study) for study in titles}
    pages = [records.reported(title, results, fixed[_folder(results)]) for title, results in found]
    _check_names(pages)
    units = unit_files.of_book([results for _, results in found], build)
    texts = {f"{SCORECARD}.md": scorecard(pages) + unit_files.section(units), **records.files(pages)}
    texts[records.SCRIPT] = records.as_script(pages, repository=repository)
    texts[rows.SCRIPT] = rows.script(_claims(pages), named)
    ran = [results for _, results in found]
    texts[certificate.FILE] = certificate.as_json(ran, build / "stages")
    if CERTIFICATE in sources:
        told = certificate_page.page(certificate.content(ran, build / "stages"))
        text = sources[CERTIFICATE].decode().replace(certificate_page.MARK, told)
        texts[CERTIFICATE] = text.replace(figures_counted.MARK, figures_counted.report(found, sources))
    differ = _differ(found, root / "notebooks")
    if CHANGED in sources:
        told = _changed(found, titles, root / "notebooks", differ)
        texts[CHANGED] = sources[CHANGED].decode().replace(what_changed.MARK, told)
    if ERRATA in sources:
        texts[ERRATA] = sources[ERRATA].decode().replace(errata.MARK, errata.lists(pages))
    studies = {title: _claims(group) for title, group in groupby(pages, lambda page: page.study)}
    begun = {study: studies[title] for study, title in titles.items() if parts.NAME.format(study=study) in wanted}
    if FOUND_MARK in sources.get(FOUND, b"").decode():
        opening = _found(studies, cards.load(root / "book" / cards.FILE), figure, verdicts.before(differ or ()))
        opening += extremes.lists(
            titles, {s: parts.outcomes(s, every, root / "notebooks") for s, every in begun.items()}
        )
        texts[FOUND] = sources[FOUND].decode().replace(FOUND_MARK, opening)
    for study, claims in begun.items():
        shown = figure(*parts.figure_of(study, root / "notebooks"))
        name = parts.NAME.format(study=study)
        texts[f"{name}.md"] = parts.part(titles[study], study, claims, root / "notebooks", shown)
    return {name: text.encode() for name, text in texts.items()} | unit_files.files(units)


def _folder(results: Results) -> str:
    return str(results["page"]).split("/")[0]


def _claims(pages: Iterable[records.ReportedPage]) -> list[Record]:
    return [claim for page in pages for claim in page.claims]


def _found(
    studies: Mapping[str, Sequence[Record]],
    findings: Sequence[cards.Finding],
    figure: Figure,
    before: Mapping[str, str],
) -> str:
    every = [claim for claims in studies.values() for claim in claims]
    known = {claim["id"]: claim for claim in every}
    shown = cards.cards(findings, known, lambda *place: small(figure(*place)), before)
    return "\n".join([headline(every), picture(list(studies.items())), shown])


def _check_names(pages: Sequence[records.ReportedPage]) -> None:
    studies: dict[str, str] = {}
    for claim in (claim for page in pages for claim in page.claims):
        if studies.setdefault(claim["id"], claim["study"]) != claim["study"]:
            raise ReportError(
                f"{claim['id']} is a claim of {studies[claim['id']]} and of {claim['study']}; rename one of them, "
                "since the scorecard has one place for each name."
            )


def _differ(found: Sequence[tuple[str, Results]], notebooks: Path) -> Sequence[verdicts.Difference] | None:
    """The verdicts that differ from those in the repository; None if they cannot be compared."""
    now = verdicts.found([results for _, results in found])
    return verdicts.differences(verdicts.kept(notebooks), now) if now else None


def _changed(
    found: Sequence[tuple[str, Results]],
    titles: Mapping[str, str],
    notebooks: Path,
    differ: Sequence[verdicts.Difference] | None,
) -> str:
    reported = {
        study: {c["id"] for _, page in found if _folder(page) == study for c in page["claims"]} for study in titles
    }
    return what_changed.lists(
        titles,
        {study: changes.read(notebooks / study / changes.FILE) for study in titles},
        reported,
        differ,
    )
