"""The conclusions of all studies that stand or fall altogether: what is most solid in them, and what surprises most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from helpers.pages.conclusions import Outcome
from helpers.pages.verdicts import FAILS, HOLDS, UNDECIDED
from workflow.scorecard.markup import verdict_class

FEWEST = 3  # claims on a conclusion, that all hold, or all fail
_MOST = 6  # conclusions in a list
_SAID = {
    "stands": ("What stands altogether", "At least three claims on each of these conclusions hold, and none fails."),
    "falls": ("What falls altogether", "At least three claims on each of these conclusions fail, and none holds."),
}
_DECIDES = {"stands": (HOLDS, FAILS), "falls": (FAILS, HOLDS)}  # the verdict that there is, and the one that is not


def lists(titles: Mapping[str, str], outcomes: Mapping[str, Sequence[Outcome]]) -> str:
    """A list of each kind as HTML, where most claims decide first; "" where there is no such conclusion.

    titles: of the studies, by their folders. outcomes: of the conclusions of each study. What holds before any training
    as well stands not by learning, and is in no list.
    """
    shown = "".join(_list(word, titles, outcomes) for word in _SAID)
    return f'<div class="extremes">{shown}</div>\n' if shown else ""


def _list(word: str, titles: Mapping[str, str], outcomes: Mapping[str, Sequence[Outcome]]) -> str:
    verdict, other = _DECIDES[word]
    found = [
        (study, each)
        for study, every in outcomes.items()
        for each in every
        if each.word == word and each.count(verdict) >= FEWEST and not each.count(other)
    ]
    found.sort(key=lambda one: (-one[1].count(verdict), one[1].count(UNDECIDED)))
    heading, meaning = _SAID[word]
    items = "".join(_item(study, titles[study], each, verdict) for study, each in found[:_MOST])
    return f"<section><h3>{heading}</h3><p>{meaning}</p><ul>{items}</ul></section>" if found else ""


def _item(study: str, title: str, outcome: Outcome, verdict: str) -> str:
    undecided = outcome.count(UNDECIDED)
    count = f"{outcome.count(verdict)} claims {verdict.removesuffix('s')}"
    count += f", {undecided} undecided" if undecided else ""
    address = f"{study}/{outcome.conclusion.page}.html"
    return (
        f'<li class="{verdict_class(verdict)}"><a href="{escape(address)}">{escape(outcome.conclusion.text)}</a> '
        f'<span class="said">{escape(title)}: {count}</span></li>'
    )
