"""The box of a claim on a page: what is said, what was measured, how it was judged, and the verdict; as HTML."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from helpers.pages.formatting import number, span
from helpers.pages.strip import strip
from helpers.pages.untrained import in_words
from helpers.pages.verdicts import VERDICTS

_MOST_NAMES = 4  # more named values are shown by the strip alone, and in full in the folded list
_KINDS = {
    "number": "printed number",
    "sentence": "sentence",
    "slip": "text and arithmetic",
    "control": "our control",
    "beyond": "beyond the study",
}


def box(claim: Mapping[str, Any]) -> str:
    """The box of a claim of ``results.json``. Its own styles serve Jupyter; the book's style sheet adds colours."""
    name, sign = claim["verdict"], VERDICTS[claim["verdict"]]
    address = escape(f"claim-{claim['id']}")
    lines = "".join(f"<dt>{term}</dt><dd>{text}</dd>" for term, text in _lines(claim).items() if text)
    return (
        f'<div class="verdict verdict-{name.replace(" ", "-")}" id="{address}" '
        'style="border-left:0.3rem solid currentColor;padding:0.3rem 0.8rem;margin:0.6rem 0">'
        f'<p class="verdict-head"><strong>{sign} {name.capitalize()}</strong> '
        f'<span class="verdict-kind">{escape(kind_and_place(claim))}</span> '
        f'<a class="verdict-link" href="#{address}" title="Address of this claim">#</a></p>'
        f'<p class="verdict-statement">{escape(claim["statement"])}</p>'
        f"{strip(claim)}<dl>{lines}</dl>"
        f"<details><summary>Why this rule</summary><p>{escape(claim['why'])}</p>{_all_values(claim)}</details></div>"
    )


def kind_and_place(claim: Mapping[str, Any]) -> str:
    """What a claim of ``results.json`` is, and where the study says it: "printed number, table 3.1"."""
    kind, where = _KINDS[claim["kind"]], str(claim["where"])
    return where if where.startswith(kind) else f"{kind}, {where}"


def _lines(claim: Mapping[str, Any]) -> dict[str, str]:
    """The lines of the box, by their terms; an empty one is left out."""
    floor, unit = claim["floor"], f" {claim['unit']}" if claim["unit"] else ""
    found = _summary(claim, unit)
    beside = f"{escape(floor['text'])}: {_summary(floor, unit)}" if floor else ""
    return {
        "Measured": escape(claim["measured"]) + (f": {found}, {_count(claim)}" if found else ""),
        "Floor": beside,
        "Untrained": escape(in_words(claim["untrained"])),
        "Study": _study(claim["study"], unit),
        "Rule": escape(claim["rule"]) + (f". {escape(claim['reason'])}" if claim["reason"] else ""),
        "Protocol": claim["protocol"] or "",
    }


def _summary(measured: Mapping[str, Any], unit: str) -> str:
    """Mean and interval, or those of few named values."""
    mean, low, high = (measured[end] for end in ("mean", "low", "high"))
    if measured["values"] is None:
        return ""
    if not isinstance(mean, dict):
        return f"<strong>{escape(span(mean, low, high))}</strong>{escape(unit)}"
    if len(mean) > _MOST_NAMES:
        return f"{len(mean)} values, in the strip"
    shown = (f"{escape(name)} <strong>{escape(span(mean[name], low[name], high[name]))}</strong>" for name in mean)
    return ", ".join(shown) + escape(unit)


def _count(claim: Mapping[str, Any]) -> str:
    values = claim["values"]
    count = len(next(iter(values.values())) if isinstance(values, dict) else values)
    if claim["over"] == "nothing":
        return "exact" if count == 1 else f"{count} cases"
    return f"{count} {claim['over'].removesuffix('s') if count == 1 else claim['over']}"


def _study(value: Any, unit: str) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{escape(name)} = {escape(number(part))}" for name, part in value.items())
    return "" if value is None else escape(number(value) + unit)


def _all_values(claim: Mapping[str, Any]) -> str:
    """Mean and interval under each name, where there are too many for a line."""
    mean, low, high = claim["mean"], claim["low"], claim["high"]
    if not isinstance(mean, dict) or len(mean) <= _MOST_NAMES:
        return ""
    items = (f"<li>{escape(name)}: {escape(span(mean[name], low[name], high[name]))}</li>" for name in mean)
    return f"<ul>{''.join(items)}</ul>"
