"""How many figures of each study have a finding under their caption (``figure_findings``), and which have none."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from html import escape, unescape

import nbformat

from workflow.figure_findings import FINDINGS
from workflow.html_outputs import in_html
from workflow.page_titles import numbered
from workflow.scorecard.records import Results

MARK = "<!-- figures with a finding -->"  # stands for it in book/certificate.md
_CAPTION = re.compile(r"<figcaption>(.*?)</figcaption>", re.DOTALL)
_LONGEST = 100  # characters of a caption that is listed


def captions(notebook: nbformat.NotebookNode) -> list[tuple[str, bool]]:
    """The caption of each figure of a page as the book shows it, as text, and whether it has a finding."""
    shown = "".join(data["text/html"] for data in in_html(notebook.cells))
    parts = (caption.partition(FINDINGS) for caption in _CAPTION.findall(shown))
    return [(unescape(re.sub(r"<[^>]*>", "", own)), bool(mark)) for own, mark, _ in parts]


def report(found: Sequence[tuple[str, Results]], sources: Mapping[str, bytes]) -> str:
    """What replaces ``MARK``, in HTML: a row for each study, and a folded list of the figures without a finding.

    found: the title of the study and the content of ``results.json`` for each page, in the book's order.
    sources: the pages as the book shows them, by their paths.
    """
    counts: dict[str, list[bool]] = {}
    without: dict[str, list[str]] = {}
    for study, results in found:
        page = results["page"]
        for caption, has_finding in captions(nbformat.reads(sources[f"{page}.ipynb"].decode(), as_version=4)):
            counts.setdefault(study, []).append(has_finding)
            if not has_finding:
                without.setdefault(study, []).append(_line(page, numbered(page, study, results["title"]), caption))
    rows = "".join(_row(study, has, without.get(study, [])) for study, has in counts.items())
    return f'<ul class="figures-counted">{rows}</ul>\n' if rows else "No page has a figure.\n"


def _row(study: str, has: Sequence[bool], without: Sequence[str]) -> str:
    listed = f"<details><summary>{len(without)} without</summary><ul>{''.join(without)}</ul></details>"
    return f"<li>{escape(study)}: {sum(has)} of {len(has)} figures{listed if without else ''}</li>"


def _line(page: str, title: str, caption: str) -> str:
    short = textwrap.shorten(caption, _LONGEST, placeholder=" …")
    return f'<li><a href="{escape(page)}.html">{escape(title)}</a>: {escape(short)}</li>'
