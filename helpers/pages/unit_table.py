"""The table of units: what pages find about single units, a row a unit, in Parquet files with a documented schema.

A unit has one identity everywhere: ``network/layer/number in the layer``, ``vgg16/conv4_3/13``. A page hands over its
columns (``run.units``), and a file ``units.parquet`` appears beside its results. The book joins the files of all pages
on the identity. A column has one writer: two pages never have a column of the same name.

The schema is in the file: the metadata of a field say what it means, its unit, what stands where there is no value, and
which page wrote it; the metadata of the table say, for each page, of which networks and images its columns are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from helpers.atomic_files import atomic_write
from helpers.errors import BadInput, first_line

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

FILE = "units.parquet"


class UnitsError(BadInput):
    """Values that are no columns of the table of units, or tables that do not fit together."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """What a column holds.

    meaning: in words. unit: of the numbers, empty for shares, ratios and texts.
    missing: which units have no value, empty if all have one. infinite: likewise for infinite values.
    """

    meaning: str
    unit: str = ""
    missing: str = ""
    infinite: str = ""


IDENTITY = {
    "unit": Column(meaning="the unit: network/layer/number"),
    "network": Column(meaning="the network's name"),
    "layer": Column(meaning="the layer's name"),
    "number": Column(meaning="the unit's number in the layer, from 0"),
}


def identities(network: str, layers: Mapping[str, int]) -> dict[str, list[Any]]:
    """The columns of ``IDENTITY`` for all units of some layers of a network; layers: how many units each has."""
    each = [(layer, number) for layer, units in layers.items() for number in range(units)]
    return {
        "unit": [f"{network}/{layer}/{number}" for layer, number in each],
        "network": [network] * len(each),
        "layer": [layer for layer, _ in each],
        "number": [number for _, number in each],
    }


def table(
    units: Mapping[str, Sequence[Any]],
    values: Mapping[str, Any] | pd.DataFrame,
    schema: Mapping[str, Column],
    *,
    page: str,
    about: Mapping[str, Any],
) -> pa.Table:
    """The table of a page.

    units: the columns of ``IDENTITY``, from :func:`identities`.
    values: columns of numbers, truth values or texts by name, or a DataFrame of them; a value a unit, NaN or None where
        there is none.
    schema: what columns there can be.
    page: the page that measured them.
    about: what else is to be known of the run, as plain JSON values.

    Raises UnitsError for a unit that stands there twice, a name that the schema lacks, and a column of another length,
    of another kind, or with a value that is missing or infinite where the schema says nothing of it.
    """
    import pyarrow as pa  # imported here because most pages need none

    if len(set(units["unit"])) < len(units["unit"]):
        twice = next(name for k, name in enumerate(units["unit"]) if name in units["unit"][:k])
        raise UnitsError(f"The unit {twice} stands twice in the table of {page}; a unit has one row.")
    fields, arrays = [], []
    for name, given in {**units, **{str(name): given for name, given in values.items()}}.items():
        column = IDENTITY[name] if given is units.get(name) else _column(name, schema)
        arrays.append(_array(name, column, given, len(units["unit"])))
        source = {} if name in IDENTITY else {"page": page}
        fields.append(pa.field(name, arrays[-1].type, bool(column.missing), asdict(column) | source))
    return pa.table(arrays, pa.schema(fields, {"pages": json.dumps({page: about}, sort_keys=True)}))


def write(path: Path, content: pa.Table | None) -> None:
    """Write a table, whole or not at all; without one, that of an earlier run is removed."""
    from pyarrow import parquet

    if content is None:
        path.unlink(missing_ok=True)
        return
    with atomic_write(path) as partial:
        parquet.write_table(content, partial)


def read(path: Path) -> pa.Table:
    """A table as it was written; raises UnitsError for a file that cannot be read or is no table of units."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        found = parquet.read_table(path)
        pages(found)
        described(found)
    except (OSError, pa.ArrowException, LookupError, TypeError, ValueError) as error:
        raise UnitsError(
            f"{path} is no table of units ({first_line(error)}); delete it and run its page again."
        ) from None
    return found


def pages(content: pa.Table) -> dict[str, Any]:
    """What the table says of each page that wrote columns of it."""
    found: dict[str, Any] = json.loads(content.schema.metadata[b"pages"])
    return found


def measured(content: pa.Table | None) -> list[str]:
    """The columns beside those of ``IDENTITY``."""
    return [] if content is None else [name for name in content.column_names if name not in IDENTITY]


def described(content: pa.Table) -> dict[str, dict[str, str]]:
    """Each column's type, and what its metadata say, by the column's name."""
    return {
        field.name: {"type": str(field.type), **{key.decode(): text.decode() for key, text in field.metadata.items()}}
        for field in content.schema
    }


def joined(tables: Iterable[pa.Table]) -> pa.Table:
    """One table of all units and all columns; units in the order of the tables, nothing where a page has no such unit.

    Raises UnitsError for no table, and for a column that two tables have.
    """
    import pyarrow as pa

    tables = list(tables)
    if not tables:
        raise UnitsError("No page has written a table of units.")
    all_units = pa.concat_tables([each.select(list(IDENTITY)) for each in tables])
    first: dict[str, int] = {}
    for k, name in enumerate(all_units["unit"].to_pylist()):
        first.setdefault(name, k)
    arrays, fields = [all_units[name].take(list(first.values())) for name in IDENTITY], list(all_units.schema)
    about: dict[str, Any] = {}
    writer: dict[str, str] = {}
    for each in tables:
        row = {name: k for k, name in enumerate(each["unit"].to_pylist())}
        rows = pa.array([row.get(name) for name in first], pa.int64())
        for field in list(each.schema)[len(IDENTITY) :]:
            page = field.metadata[b"page"].decode()
            if field.name in writer:
                raise UnitsError(
                    f"The column {field.name} of the table of units is written by {writer[field.name]} and by {page}; "
                    "rename one of them."
                )
            writer[field.name] = page
            arrays.append(each[field.name].take(rows))
            fields.append(field.with_nullable(True))
        about |= pages(each)
    arrays = [each.combine_chunks() for each in arrays]
    return pa.table(arrays, pa.schema(fields, {"pages": json.dumps(about, sort_keys=True)}))


def _column(name: str, schema: Mapping[str, Column]) -> Column:
    if name in IDENTITY or name not in schema:
        known = ", ".join(each for each in schema if each not in IDENTITY)
        raise UnitsError(f"The table of units has no column {name!r} for measurements; known are {known}.")
    return schema[name]


def _array(name: str, column: Column, given: Any, units: int) -> pa.Array:
    """The values as Arrow holds them, NaN and None as null."""
    import pyarrow as pa
    from pyarrow import compute

    given = given.detach().cpu().numpy() if hasattr(given, "detach") else given
    if np.shape(given) != (units,):
        raise UnitsError(f"The column {name} has the shape {np.shape(given)}; the table has {units} units.")
    try:
        found = pa.array(given, from_pandas=True)
    except (pa.ArrowException, TypeError) as error:
        raise UnitsError(f"The column {name} is of no single kind of values ({first_line(error)}).") from None
    if pa.types.is_null(found.type) or pa.types.is_large_string(found.type):
        found = found.cast(pa.string())
    known = (pa.types.is_floating, pa.types.is_integer, pa.types.is_boolean, pa.types.is_string)
    if not any(is_kind(found.type) for is_kind in known):
        raise UnitsError(f"The column {name} has {found.type} values; allowed are numbers, truth values and texts.")
    if found.null_count and not column.missing:
        raise UnitsError(
            f"The column {name} has no value for {found.null_count} of {units} units; each has to have one."
        )
    if pa.types.is_floating(found.type) and not column.infinite and (endless := compute.is_inf(found).true_count):
        raise UnitsError(f"The column {name} is infinite for {endless} of {units} units.")
    return found
