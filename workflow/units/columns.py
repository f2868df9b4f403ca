"""What was measured of a network's units, by the explorer and by pages of the book: columns of the table of units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from helpers.pages import unit_table
from workflow.units import measured, scripts
from workflow.units.classes import called
from workflow.units.layers import UnitLayer

if TYPE_CHECKING:
    import pyarrow as pa

_CONTROL = "_percentile"  # how the column ends that says where a value lies among those of a control


def described(table: pa.Table) -> list[dict[str, Any]]:
    """The columns as the page wants them: what each means, who measured it, its percentile in a control, and which."""
    import pyarrow as pa

    fields = {field.name: field for field in table.schema if field.name not in unit_table.IDENTITY}
    about, found = unit_table.described(table), []
    for name, field in fields.items():
        text, truth = pa.types.is_string(field.type), pa.types.is_boolean(field.type)
        meaning = about[name]["meaning"]
        if about[name]["missing"]:
            meaning += f"; no value: {about[name]['missing']}"
        page, percentile = about[name].get("page"), percentile_of(name, list(fields))
        found.append(
            {
                "name": name,
                "meaning": meaning,
                "unit": about[name]["unit"],
                "type": "text" if text else "truth" if truth else "number",
                "page": None if page == measured.WRITER else page,
                "percentile": percentile,
                "percentileOf": percentile and about[percentile]["meaning"],
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


def of_network(own: pa.Table, pages: pa.Table | None) -> pa.Table:
    """All columns of a network's units that have a value there.

    own: what the explorer measured of each of them. pages: the joined table of pages; None without pages.
    """
    import pyarrow as pa
    from pyarrow import compute

    if pages is None:
        return own
    rows = pages.filter(compute.equal(pages["network"], pa.scalar(own["network"][0].as_py())))
    kept = [name for name in rows.column_names if name in unit_table.IDENTITY or rows[name].null_count < len(rows)]
    return unit_table.joined([own, rows.select(kept)])


class Columns:
    """The columns of a network's table, from :func:`of_network`, by layer."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table
        self.kinds = {each["name"]: each["type"] for each in described(table)}

    def of(self, layer: UnitLayer) -> dict[str, Any]:
        """The values of the units of a layer: numbers, or texts by their place in a list; of columns that have any."""
        chosen = self.table.slice(layer.first, layer.units)
        values = {name: chosen[name].to_pylist() for name in self.kinds}
        there = {name: some for name, some in values.items() if any(value is not None for value in some)}
        return {name: _texts(some) if self.kinds[name] == "text" else _numbers(some) for name, some in there.items()}

    def texts(self, layers: Sequence[UnitLayer]) -> dict[str, Any]:
        """The columns of texts over the units of all layers, to search in all of them."""
        chosen = self.table.slice(0, sum(layer.units for layer in layers))
        return {name: _texts(chosen[name].to_pylist()) for name, kind in self.kinds.items() if kind == "text"}


def _numbers(values: Sequence[Any]) -> str:
    return scripts.numbers(np.array([np.nan if value is None else value for value in values], np.float32), "f4")


def _texts(values: Sequence[Any]) -> dict[str, Any]:
    texts = sorted({value for value in values if value is not None})
    code = {text: number for number, text in enumerate(texts)} | {None: scripts.NO_TEXT}
    codes = scripts.numbers(np.array([code[value] for value in values]), "u2")
    return {"texts": [_in_words(text) for text in texts], "codes": codes}


def _in_words(text: str) -> str:
    """A text for readers: a synset of ImageNet with its word before it, "goldfish (n01443537)"."""
    word = called(text)
    return text if word == text else f"{word} ({text})"
