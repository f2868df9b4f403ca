"""What a figure shows, under its caption: what the page has judged of the claims on this figure.

These are the study's sentences on a figure or table that the caption names, and the sentences whose boxes follow the
figure in its section, up to the next figure. Where several captions name a place, a sentence belongs to the last of
these figures above its box, or else to the first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape, unescape
from typing import Any, NamedTuple

import nbformat

from helpers.pages.verdicts import FAILS, HOLDS, UNDECIDED, VERDICTS
from workflow.html_outputs import in_html
from workflow.scorecard.markup import verdict_class

FINDINGS = '<ul class="figure-claims"'  # what they begin with, in a caption
_CAPTION = re.compile(r"<figcaption>(.*?)</figcaption>", re.DOTALL)
_NAMED = re.compile(r"\b(table|figure)s? ((?:\d[\d.]*\w?(?:\(\w\))?(?:, | and | to )?)+)", re.IGNORECASE)
_PARTS = re.compile(r'<figcaption>|\bid="claim-([^"]*)"')
_HEADING = re.compile(r"^#{1,6} ", re.MULTILINE)
_NUMBER = re.compile(r"\d+(?:\.\d+)*")
_JUDGED = (HOLDS, FAILS, UNDECIDED)
_SHOWN = 3  # claims; more of them are counted

Claim = Mapping[str, Any]  # an entry of "claims" in results.json


def add(notebook: nbformat.NotebookNode, claims: Sequence[Claim]) -> None:
    """Add them in place to the figures of an executed page; each claim once."""
    left = {claim["id"]: claim for claim in claims if claim["kind"] != "number" and claim["verdict"] in _JUDGED}
    outputs = list(in_html(notebook.cells))
    figures = [_Figure(caption) for output in outputs for caption in _CAPTION.findall(output["text/html"])]
    named = [_places(unescape(figure.caption).split(":")[0]) for figure in figures]
    boxes = {box.claim: box for box in _boxes(notebook)}
    for claim in [each for each in left.values() if each["kind"] == "sentence"]:
        where, box = _places(claim["where"]), boxes.get(claim["id"])
        naming = [number for number, places in enumerate(named) if places & where]
        above = [number for number in naming if box and number <= box.figure]
        if naming:
            figures[above[-1] if above else naming[0]].claims.append(left.pop(claim["id"]))
    for box in boxes.values():
        if box.follows and box.claim in left:
            figures[box.figure].claims.append(left.pop(box.claim))
    waiting = iter(figures)
    for output in outputs:
        output["text/html"] = _CAPTION.sub(lambda found: next(waiting).html(), output["text/html"])


@dataclass
class _Figure:
    caption: str
    claims: list[Claim] = field(default_factory=list)

    def html(self) -> str:
        return f"<figcaption>{self.caption}{_said(self.claims) if self.claims else ''}</figcaption>"


class _Box(NamedTuple):
    """Where the box of a claim stands; figure: the number of the last figure above it, -1 if there is none."""

    claim: str
    figure: int
    follows: bool  # whether that figure stands in the same section


def _boxes(notebook: nbformat.NotebookNode) -> Iterator[_Box]:
    figures, begun = 0, False
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and _HEADING.search(cell.source):
            begun = False
        for output in in_html([cell]):
            for part in _PARTS.finditer(output["text/html"]):
                if part[1] is None:
                    figures, begun = figures + 1, True
                else:
                    yield _Box(unescape(part[1]), figures - 1, begun)


def _places(text: str) -> set[tuple[str, str]]:
    """The figures and tables that a text names; "figures 3.3 and 3.4" are two, and 3.4(b) is a part of 3.4."""
    named = ((kind.lower(), number) for kind, numbers in _NAMED.findall(text) for number in _NUMBER.findall(numbers))
    return set(named)


def _said(claims: Iterable[Claim]) -> str:
    shown = list(claims)
    lines = "".join(map(_line, shown[:_SHOWN]))
    more = f"<li>and {len(shown) - _SHOWN} more below</li>" if len(shown) > _SHOWN else ""
    return f'{FINDINGS} aria-label="What is judged by it">{lines}{more}</ul>'


def _line(claim: Claim) -> str:
    verdict = claim["verdict"]
    return (
        f'<li><span class="{verdict_class(verdict)}">{VERDICTS[verdict]} {verdict}</span>: '
        f'<a href="#claim-{escape(claim["id"])}">{escape(claim["statement"])}</a></li>'
    )
