"""Small pieces of HTML and Markdown that the parts of the scorecard share."""

from __future__ import annotations

import re
from collections import Counter
from html import escape
from typing import Any

from helpers.pages.formatting import number
from helpers.pages.verdicts import VERDICTS

_SHOWN = 4  # named values; more of them are folded


def literal(text: str) -> str:
    """A text as Markdown that shows it as it is: no markup, no HTML, one line."""
    return re.sub(r"([\\`*{}\[\]<>&$~^|#!]|(?<!\w)_|_(?!\w))", r"\\\1", " ".join(text.split()))


def verdict_class(verdict: str) -> str:
    """The verdict's class in the style sheet, where it has a colour."""
    return "verdict-" + verdict.replace(" ", "-")


def verdict_name(verdict: str) -> str:
    """The verdict's sign and name in its colour."""
    sign = f'<span aria-hidden="true">{VERDICTS[verdict]}</span>'
    return f'<span class="verdict-name {verdict_class(verdict)}">{sign} {verdict}</span>'


def tally(counts: Counter[str]) -> str:
    """How many claims have each verdict, as its sign and a number; a screen reader says the verdict's name."""
    parts = (
        f'<span class="verdict-name {verdict_class(verdict)}"><span aria-hidden="true">{sign}</span>'
        f'<span class="only-said">{verdict}</span> {counts[verdict]}</span>'
        for verdict, sign in VERDICTS.items()
        if counts[verdict]
    )
    return f'<span class="tally">{" ".join(parts)}</span>'


def bar(counts: Counter[str]) -> str:
    """The counts as lengths, true to scale; hidden from screen readers, which read the numbers beside it."""
    parts = "".join(
        f'<span class="{verdict_class(verdict)}" style="width:{100 * counts[verdict] / counts.total():.4g}%"></span>'
        for verdict in VERDICTS
        if counts[verdict]
    )
    return f'<span class="verdict-bar" aria-hidden="true">{parts}</span>'


def printed(value: Any) -> str:
    """What the study prints: a number, a list, or named numbers and texts."""
    if isinstance(value, dict):
        return escape("; ".join(f"{name}: {number(part)}" for name, part in value.items()))
    return escape(number(value))


def measured(mean: Any, low: Any, high: Any) -> str:
    """Mean and interval. Each of several named values has a line, and many of them are folded."""
    if isinstance(mean, dict):
        lines = (f"<li>{escape(name)}: {measured(mean[name], low[name], high[name])}</li>" for name in mean)
        listed = f"<ul>{''.join(lines)}</ul>"
        if len(mean) <= _SHOWN:
            return listed
        return f"<details><summary>{len(mean)} values</summary>{listed}</details>"
    if mean is None:
        return "–"
    if low is None or high is None:
        return number(mean)
    return f'{number(mean)} <span class="interval">[{number(low)}, {number(high)}]</span>'
