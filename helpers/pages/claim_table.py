"""A table of a study, measured again: one figure, one compact table with a mark per number, the boxes folded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

from matplotlib.figure import Figure

from helpers.pages.box import box
from helpers.pages.formatting import number
from helpers.pages.verdicts import VERDICTS
from helpers.plots.table import Entry, table

Claims = Mapping[str, Mapping[str, Mapping[str, Any]]]  # row -> column -> the claim as in results.json


class ClaimTable(NamedTuple):
    """What a page shows for a table: no figure if nothing was measured."""

    figure: Figure | None
    alt: str
    caption: str
    html: str


def claim_table(title: str, claims: Claims) -> ClaimTable:
    """Figure, table and boxes for the claims of a table; all have one unit.

    title: names the table ("Table 3.3").
    """
    columns = list(dict.fromkeys(column for row in claims.values() for column in row))
    every = [claim for row in claims.values() for claim in row.values()]
    unit = every[0]["unit"]
    entries = {
        name: {column: _entry(claim) for column, claim in row.items() if claim["mean"] is not None}
        for name, row in claims.items()
    }
    rows = ", ".join(claims)
    dotted = " or ".join(dict.fromkeys(claim["over"] for claim in every if _dots(claim)))
    dots = f"dots are {dotted}, " if dotted else ""
    others = " or ".join(dict.fromkeys(claim["over"] for claim in every if claim["over"] != "nothing"))
    over = " over them" if dotted else f" over the {others}" if others else ""
    printed = any(entry.printed is not None for row in entries.values() for entry in row.values())
    diamonds = "; diamonds are the study's numbers" if printed else ""
    return ClaimTable(
        figure=table(entries, unit=unit) if any(entries.values()) else None,
        alt=f"{title}: a panel each for {', '.join(columns)}; rows {rows}; {dots}mean and interval{diamonds}.",
        caption=f"{title}: {dots}mean and 95% interval{over}{diamonds}.",
        html=_html(title, claims, columns, every),
    )


def _entry(claim: Mapping[str, Any]) -> Entry:
    printed = claim["study"] if isinstance(claim["study"], int | float) else None
    return Entry(_dots(claim), claim["mean"], claim["low"], claim["high"], printed)


def _dots(claim: Mapping[str, Any]) -> Sequence[float]:
    """The values that are drawn: none where each unit has a yes or a no, whose mean is the share that is shown."""
    values: Sequence[float] = claim["values"] or ()
    return () if claim["over"] != "seeds" and set(values) <= {0, 1} else values


def _html(title: str, claims: Claims, columns: list[str], every: Sequence[Mapping[str, Any]]) -> str:
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th>{"".join(_cell(row.get(column)) for column in columns)}</tr>'
        for name, row in claims.items()
    )
    boxes = "".join(map(box, every))
    of_study = " (the study's)" if any(claim["study"] is not None for claim in every) else ""
    return (
        f'<div class="scrollable" role="region" aria-label="{escape(title)}" tabindex="0">'
        f'<table class="claim-table"><caption>{escape(title)}: verdict, ours{of_study}</caption>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
        f'<details class="claim-boxes"><summary>The {len(every)} claims of this table</summary>{boxes}</details>'
    )


def _cell(claim: Mapping[str, Any] | None) -> str:
    """The mark of a number's verdict, our mean, and the printed number; it leads to the number's box."""
    if claim is None:
        return "<td></td>"
    verdict = claim["verdict"]
    ours = "" if claim["mean"] is None else f" {number(claim['mean'])}"
    study = "" if claim["study"] is None else f' <span class="printed">({number(claim["study"])})</span>'
    mark = f'<span class="verdict-name verdict-{verdict.replace(" ", "-")}">{VERDICTS[verdict]}</span>'
    where = escape(f"#claim-{claim['id']}")
    return f'<td><a href="{where}" title="{escape(claim["statement"])}: {verdict}">{mark}{ours}</a>{study}</td>'
