"""The table of units of the whole book, which readers download: those of all pages and of the explorer of units."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.pages import unit_schema, unit_table
from helpers.pages.unit_table import UnitsError
from workflow.scorecard.records import Results
from workflow.units import bound, measured

if TYPE_CHECKING:
    import pyarrow as pa

FILES = (unit_table.FILE, "units.schema.json")

_SECTION = """
## All units as a file

<p><a href="{file}" download>{file}</a> has a row for each unit of the networks of this book ({units:,} units), and
<a href="{schema}">{schema}</a> says what its columns hold. <code>pandas.read_parquet("{file}")</code> reads it.</p>

<details class="fields"><summary>Columns</summary>{columns}</details>
"""


def of_book(found: Sequence[Results], build: Path) -> pa.Table | None:
    """The table of the whole book: what pages measured, and the explorer of units; None if neither did.

    found: as for :func:`joined`. build: the folder of everything made.

    Raises UnitsError as :func:`joined` does.
    """
    both = [joined(found, build / "results"), _of_explorer(build / bound.FOLDERS)]
    there = [each for each in both if each is not None]
    return unit_table.joined(there) if there else None


def _of_explorer(folder: Path) -> pa.Table | None:
    """What the explorer measured, of all networks below each other."""
    import pyarrow as pa

    tables = [unit_table.read(path) for path in sorted(folder.glob(f"*/{unit_table.FILE}"))]
    if not tables:
        return None
    about = {network: told for each in tables for network, told in unit_table.pages(each)[measured.WRITER].items()}
    whole = pa.concat_tables(tables, promote_options="default")
    return whole.replace_schema_metadata({"pages": json.dumps({measured.WRITER: about}, sort_keys=True)})


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
