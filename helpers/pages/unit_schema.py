"""The schema of a table of units for readers, from the metadata that the table itself has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from helpers.pages import unit_table

if TYPE_CHECKING:
    import pyarrow as pa


def folded(table: pa.Table) -> str:
    """How many units the table of a page has, and its columns folded under it, as HTML."""
    columns = unit_table.measured(table)
    summary = f"The table of units: {len(table):,} units; of this page: {', '.join(columns)}"
    return f"<details><summary>{escape(summary)}</summary>{as_html(table, columns)}</details>"


def as_html(table: pa.Table, columns: Sequence[str], *, pages: bool = False) -> str:
    """The schema of some columns as an HTML table; pages: with links to the pages that measure them."""
    described = unit_table.described(table)
    heads = ["column", "type", "unit", "meaning", *(["page"] if pages else [])]
    head = "".join(f'<th scope="col">{each}</th>' for each in heads)
    rows = "".join(_row(name, described[name], pages=pages) for name in columns)
    return (
        '<div class="scrollable" role="region" aria-label="Columns of the table of units" tabindex="0">'
        f'<table class="table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def as_json(table: pa.Table) -> dict[str, Any]:
    """The schema as plain JSON values: the columns in order, and for each page what its columns are of."""
    columns = [{"name": name, **column} for name, column in unit_table.described(table).items()]
    return {"title": "Columns of units.parquet", "columns": columns, "pages": unit_table.pages(table)}


def _row(name: str, column: Mapping[str, str], *, pages: bool) -> str:
    meaning = [column["meaning"]]
    meaning += [f"no value: {column['missing']}"] if column["missing"] else []
    meaning += [f"infinite: {column['infinite']}"] if column["infinite"] else []
    cells = [escape(text) for text in (column["type"], column["unit"], "; ".join(meaning))]
    cells += [_link(column.get("page", ""))] if pages else []
    return f'<tr><th scope="row"><code>{escape(name)}</code></th>{"".join(f"<td>{each}</td>" for each in cells)}</tr>'


def _link(page: str) -> str:
    """A page by its number in its study."""
    study, _, name = page.partition("/")
    shown = f"{study.replace('_', ' ')}, {int(name.split('_')[0])}" if name else ""
    return f'<a href="{escape(page)}.html">{escape(shown)}</a>' if name else ""
