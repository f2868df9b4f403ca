"""The schema of a table of units for readers, from the metadata that the table itself has."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from helpers.pages import unit_table

if TYPE_CHECKING:
    import pyarrow as pa

_HEADS = ("column", "type", "unit", "meaning", "measured on")


def folded(table: pa.Table) -> str:
    """How many units the table has, and its columns folded under it, as HTML."""
    columns = unit_table.measured(table)
    summary = f"The table of units: {len(table):,} units; of this page: {', '.join(columns)}"
    return f"<details><summary>{escape(summary)}</summary>{as_html(table)}</details>"


def as_html(table: pa.Table) -> str:
    """The schema as an HTML table, a row a column."""
    heads = "".join(f'<th scope="col">{head}</th>' for head in _HEADS)
    rows = "".join(_row(name, column) for name, column in unit_table.described(table).items())
    return (
        '<div class="scrollable" role="region" aria-label="Columns of the table of units" tabindex="0">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def as_json(table: pa.Table) -> dict[str, Any]:
    """The schema as plain JSON values: the columns in order, and for each page what its columns are of."""
    columns = [{"name": name, **column} for name, column in unit_table.described(table).items()]
    return {"title": "Columns of units.parquet", "columns": columns, "pages": unit_table.pages(table)}


def _row(name: str, column: Mapping[str, str]) -> str:
    meaning = [column["meaning"]]
    meaning += [f"no value: {column['missing']}"] if column["missing"] else []
    meaning += [f"infinite: {column['infinite']}"] if column["infinite"] else []
    cells = (column["type"], column["unit"], "; ".join(meaning), column.get("page", ""))
    return f'<tr><th scope="row"><code>{escape(name)}</code></th>{"".join(f"<td>{escape(c)}</td>" for c in cells)}</tr>'
