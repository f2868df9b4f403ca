"""What was measured of one unit, in a terminal: ``make row UNIT=googlenet/mixed4b/5x5/23``.

It is looked up in the book's table of units, and in those of explorers of a reader's own networks.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pandas as pd

from helpers.errors import BadInput
from helpers.pages import unit_table
from helpers.units import row
from helpers.user_paths import shown


def tables(build: Path) -> list[Path]:
    """The tables of units in the folder of a build, that of the book first."""
    own = sorted(path for path in build.glob(f"units/*/{unit_table.FILE}") if not path.parent.name.startswith("."))
    return [path for path in [build / "html" / unit_table.FILE, *own] if path.is_file()]


def text(unit: str, build: Path) -> str:
    """The rows of a unit, of every table that has it; raises BadInput in one sentence where none has."""
    found, refused = [], list[BadInput]()
    for path in tables(build):
        try:
            found.append(_in_lines(f"{shown(unit)} in {shown(path)}", row(unit, path)))
        except BadInput as error:
            refused.append(error)
    if not found:
        none = BadInput(f"There is no table of units in {shown(build)}; `make book` or `make explorer` writes one.")
        raise next(iter(refused), none)
    return "\n\n".join(found)


def _in_lines(head: str, measured: pd.DataFrame) -> str:
    lines = [
        f"{column} = {_value(line.value)}{line.unit and f' {line.unit}'}: {line.meaning}"
        for column, line in measured.iterrows()
    ]
    return "\n".join([head, *map(shown, lines)])


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def main() -> int:
    parser = argparse.ArgumentParser(description="Show what was measured of one unit.")
    parser.add_argument("--unit", default="", help="its identity: network/layer/number")
    parser.add_argument("--build", type=Path, default=Path("_build"), help="the folder of everything made")
    given = parser.parse_args()
    try:
        if not given.unit.strip():
            raise BadInput("Which unit? For instance: make row UNIT=googlenet/mixed4b/5x5/23")
        print(text(given.unit.strip(), given.build))
    except BadInput as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
