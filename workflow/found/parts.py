"""The first page of each study's part: what it said, and a word for each of its conclusions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from helpers.pages import conclusions
from helpers.pages.verdicts import HOLDS
from workflow.scorecard.markup import literal
from workflow.scorecard.records import Record
from workflow.scorecard.totals import headline

NAME = "found_{study}"  # of the page in the table of contents


def part(title: str, study: str, claims: Sequence[Record], notebooks: Path, figure: str) -> str:
    """The page, in Markdown.

    title, study: of the study, and its folder. claims: all of its records. figure: its best figure, as HTML.

    Raises ConclusionsError for a list of conclusions that is damaged.
    """
    said = conclusions.load(notebooks / study / conclusions.FILE).said
    found = outcomes(study, claims, notebooks)
    return "\n".join(
        [
            f"# {literal(title)}: what it said, what stands\n",
            f"{said}\n",
            headline(claims, of_one_study=True),
            conclusions.table(found, folder=f"{study}/") + "\n",
            f"{conclusions.how_the_word_follows()} Numbers and sentences of the study count; each conclusion links to "
            "the page that says most about it.\n",
            f"{figure}\n",
        ]
    )


def outcomes(study: str, claims: Sequence[Record], notebooks: Path) -> list[conclusions.Outcome]:
    """The outcome of each conclusion of a study, from all of its records; raises ConclusionsError as :func:`part`."""
    unlearned = frozenset(claim["id"] for claim in claims if (claim["untrained"] or {}).get("verdict") == HOLDS)
    verdicts = {claim["id"]: claim["verdict"] for claim in claims}
    kinds = {claim["id"]: claim["kind"] for claim in claims}
    listed = conclusions.load(notebooks / study / conclusions.FILE).listed
    return conclusions.outcomes(listed, verdicts, kinds, unlearned)


def figure_of(study: str, notebooks: Path) -> tuple[str, str]:
    """The page and the beginning of the caption of a study's best figure."""
    page, caption = conclusions.load(notebooks / study / conclusions.FILE).figure
    return f"{study}/{page}", caption
