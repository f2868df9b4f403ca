"""What a figure shows, under its caption: the claims of the study on this figure or table that the page has judged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape, unescape
from typing import Any

import nbformat

from helpers.pages.verdicts import FAILS, HOLDS, UNDECIDED, VERDICTS
from workflow.scorecard.markup import verdict_class

_CAPTION = re.compile(r"<figcaption>(.*?)</figcaption>", re.DOTALL)
_NAMED = re.compile(r"\b(table|figure)s? ((?:\d[\d.]*\w?(?:\(\w\))?(?:, | and | to )?)+)", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:\.\d+)*")
_JUDGED = (HOLDS, FAILS, UNDECIDED)
_SHOWN = 3  # claims; more of them are counted

Claim = Mapping[str, Any]  # an entry of "claims" in results.json


def add(notebook: nbformat.NotebookNode, claims: Sequence[Claim]) -> None:
    """Add them in place to the first figure of an executed page that names the figure or table of a claim."""
    left = {claim["id"]: claim for claim in claims if claim["kind"] == "sentence" and claim["verdict"] in _JUDGED}

    def caption(found: re.Match[str]) -> str:
        places = _places(unescape(found[1]).split(":")[0])
        about = [claim for claim in left.values() if places & _places(claim["where"])]
        for claim in about:
            del left[claim["id"]]
        return found[0] if not about else f"<figcaption>{found[1]}{_said(about)}</figcaption>"

    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "text/html" in output.get("data", {}):
                output["data"]["text/html"] = _CAPTION.sub(caption, output["data"]["text/html"])


def _places(text: str) -> set[tuple[str, str]]:
    """The figures and tables that a text names; "figures 3.3 and 3.4" are two, and 3.4(b) is a part of 3.4."""
    named = ((kind.lower(), number) for kind, numbers in _NAMED.findall(text) for number in _NUMBER.findall(numbers))
    return set(named)


def _said(claims: Iterable[Claim]) -> str:
    shown = list(claims)
    lines = "".join(map(_line, shown[:_SHOWN]))
    more = f"<li>and {len(shown) - _SHOWN} more below</li>" if len(shown) > _SHOWN else ""
    return f'<ul class="figure-claims" aria-label="What the study reads from it">{lines}{more}</ul>'


def _line(claim: Claim) -> str:
    verdict = claim["verdict"]
    return (
        f'<li><span class="{verdict_class(verdict)}">{VERDICTS[verdict]} {verdict}</span>: '
        f'<a href="#claim-{escape(claim["id"])}">{escape(claim["statement"])}</a></li>'
    )
