"""The table of units of the whole book, which readers download: the tables of all pages, joined on the unit."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.pages import unit_schema, unit_table
from helpers.pages.unit_table import UnitsError
from workflow.scorecard.records import Results

if TYPE_CHECKING:
    import pyarrow as pa

FILES = (unit_table.FILE, "units.schema.json")

_SECTION = """
## All units as a file

<p><a href="{file}" download>{file}</a> has a row for each unit that a page measures by itself ({units:,} units), and
<a href="{schema}">{schema}</a> says what its columns hold. <code>pandas.read_parquet("{file}")</code> reads it.</p>

<details class="fields"><summary>Columns</summary>{columns}</details>
"""


def joined(found: Sequence[Results], folder: Path) -> pa.Table | None:
    """The tables of all pages as one; None if no page has one.

    found: the content of each page's ``results.json``, in the book's order.
    folder: the folder of all results.

    Raises UnitsError for a table that is missing, damaged or not of this run, and for a column with two writers.
    """
    tables = []
    for results in found:
        if not (columns := results.get("unit_columns")):
            continue
        path = folder / results["page"] / unit_table.FILE
        tables.append(unit_table.read(path))
        if unit_table.measured(tables[-1]) != columns:
            raise UnitsError(f"{path} has other columns than its page has written; delete it and run its page again.")
    return unit_table.joined(tables) if tables else None


def files(table: pa.Table | None) -> dict[str, bytes]:
    """The contents of ``FILES``; none if there is no table."""
    if table is None:
        return {}
    from pyarrow import parquet

    content = io.BytesIO()
    parquet.write_table(table, content)
    schema = json.dumps(unit_schema.as_json(table), indent=1, ensure_ascii=False) + "\n"
    return dict(zip(FILES, (content.getvalue(), schema.encode()), strict=True))


def section(table: pa.Table | None) -> str:
    """The part of the scorecard that leads to ``FILES``, with the schema that the file has; nothing without a table."""
    if table is None:
        return ""
    columns = unit_schema.as_html(table, table.column_names, pages=True)
    return _SECTION.format(file=FILES[0], schema=FILES[1], units=len(table), columns=columns)
