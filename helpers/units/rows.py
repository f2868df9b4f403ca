"""What was measured of one unit: its row in a table of units, by its identity."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from helpers.errors import nearest
from helpers.pages import unit_table
from helpers.pages.unit_table import UnitsError
from helpers.user_paths import is_file, resolved, shown

_DESCRIBED = ("unit", "meaning", "page")


def row(unit: str, table: str | Path) -> pd.DataFrame:
    """The row of a unit in a table of units, as the book and ``make explorer`` write it; one line for each column.

    unit: its identity, network/layer/number: "googlenet/mixed4b/5x5/23".
    table: the path of the file, ``units.parquet``.

    The lines are called by the columns that have a value for this unit. They have the ``value``, its ``unit``, the
    ``meaning`` of the column in words, and the ``page`` that measured it.

    Raises UnitsError for a file that is no table of units, and for a unit that it does not have, with the numbers that
    its layer has, or the nearest layers.
    """
    path = resolved(table)
    if not is_file(path):
        raise UnitsError(f"There is no table of units at {shown(path)}; `make book` or `make explorer` writes one.")
    content = unit_table.read(path)
    names = content["unit"].to_pylist()
    if unit not in names:
        raise UnitsError(f"{shown(path)} has no unit {shown(str(unit))}; {_what_there_is(str(unit), names)}.")
    (values,) = content.slice(names.index(unit), 1).to_pylist()
    about = unit_table.described(content)
    measured = [name for name in unit_table.measured(content) if values[name] is not None]
    lines = [[values[name], *(about[name].get(field, "") for field in _DESCRIBED)] for name in measured]
    return pd.DataFrame(lines, index=pd.Index(measured, name="column"), columns=["value", *_DESCRIBED], dtype=object)


def _what_there_is(unit: str, names: list[str]) -> str:
    """The units of the layer that is meant, or the layers with the most similar names."""
    layer = unit.rpartition("/")[0]
    if numbers := [int(name.rpartition("/")[2]) for name in names if name.rpartition("/")[0] == layer]:
        return f"the units of {shown(layer)} there are {min(numbers)} to {max(numbers)}"
    near = nearest(layer or unit, dict.fromkeys(name.rpartition("/")[0] for name in names))
    return f"a unit is network/layer/number{f', and {near}' if near else ''}"
