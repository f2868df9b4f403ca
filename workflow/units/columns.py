"""What the pages of the book measured of a network's units: the columns of the joined table of units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from helpers.pages import unit_table
from workflow.units import scripts
from workflow.units.layers import UnitLayer

if TYPE_CHECKING:
    import pyarrow as pa

_CONTROL = "_percentile"  # how the column ends that says where a value lies among those of a control


def described(table: pa.Table) -> list[dict[str, Any]]:
    """The columns as the page wants them, with what each means, who measured it, and its percentile in the control."""
    import pyarrow as pa

    fields = {field.name: field for field in table.schema if field.name not in unit_table.IDENTITY}
    about, found = unit_table.described(table), []
    for name, field in fields.items():
        text, truth = pa.types.is_string(field.type), pa.types.is_boolean(field.type)
        meaning = about[name]["meaning"]
        if about[name]["missing"]:
            meaning += f"; no value: {about[name]['missing']}"
        found.append(
            {
                "name": name,
                "meaning": meaning,
                "unit": about[name]["unit"],
                "type": "text" if text else "truth" if truth else "number",
                "page": about[name].get("page"),
                "percentile": percentile_of(name, list(fields)),
            }
        )
    return found


def percentile_of(name: str, names: Sequence[str]) -> str | None:
    """The column that says where a column's values lie among those of a control: x_percentile for x, or for x_y.

    For x_y only if no other column begins with x.
    """
    for control in (each for each in names if each.endswith(_CONTROL)):
        stem = control.removesuffix(_CONTROL)
        of = [each for each in names if each == stem] or [
            each for each in names if each.startswith(f"{stem}_") and not each.endswith(_CONTROL)
        ]
        if of == [name]:
            return control
    return None


def of_network(table: pa.Table | None, network: str) -> pa.Table | None:
    """The rows of one network and the columns that have a value there; None if there are none."""
    import pyarrow as pa
    from pyarrow import compute

    if table is None:
        return None
    rows = table.filter(compute.equal(table["network"], pa.scalar(network)))
    if not len(rows):
        return None
    kept = [name for name in rows.column_names if name in unit_table.IDENTITY or rows[name].null_count < len(rows)]
    return rows.select(kept)


class Columns:
    """The columns of a network's table, by layer."""

    def __init__(self, table: pa.Table | None) -> None:
        self.table = table
        self.names = unit_table.measured(table)
        self.row = {} if table is None else {unit: k for k, unit in enumerate(table["unit"].to_pylist())}
        self.network = "" if table is None else table["network"][0].as_py()
        self.kinds = {} if table is None else {each["name"]: each["type"] for each in described(table)}

    def of(self, layer: UnitLayer) -> dict[str, Any]:
        """The values of the units of a layer: numbers, or texts by their place in a list; those that a unit has."""
        if self.table is None:
            return {}
        rows = [self.row.get(f"{self.network}/{layer.identity}/{unit}", -1) for unit in range(layer.units)]
        there = np.array(rows) >= 0
        if not there.any():
            return {}
        found: dict[str, Any] = {}
        chosen = self.table.take([row for row in rows if row >= 0])
        for name in self.names:
            values = chosen[name].to_pylist()
            if all(value is None for value in values):
                continue
            found[name] = _texts(values, there) if self.kinds[name] == "text" else _numbers(values, there)
        return found

    def texts(self, layers: Sequence[UnitLayer]) -> dict[str, Any]:
        """The columns of texts over the units of all layers, to search in all of them."""
        if self.table is None:
            return {}
        every = [f"{self.network}/{layer.identity}/{unit}" for layer in layers for unit in range(layer.units)]
        rows = [self.row.get(unit, -1) for unit in every]
        chosen = self.table.take([row for row in rows if row >= 0])
        there = np.array(rows) >= 0
        return {name: _texts(chosen[name].to_pylist(), there) for name in self.names if self.kinds[name] == "text"}


def _numbers(values: Sequence[Any], there: np.ndarray) -> str:
    numbers = np.full(len(there), np.nan, dtype=np.float32)
    numbers[there] = [np.nan if value is None else float(value) for value in values]
    return scripts.numbers(numbers, "f4")


def _texts(values: Sequence[Any], there: np.ndarray) -> dict[str, Any]:
    texts = sorted({value for value in values if value is not None})
    code = {text: number for number, text in enumerate(texts)}
    codes = np.full(len(there), scripts.NO_TEXT)
    codes[there] = [scripts.NO_TEXT if value is None else code[value] for value in values]
    return {"texts": texts, "codes": scripts.numbers(codes, "u2")}
