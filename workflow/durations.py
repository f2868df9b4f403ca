"""How many seconds the rules of the Snakefile took: what the time that is left is estimated from.

Each build keeps its own in ``durations.json`` of its folder. For a first build there is ``workflow/durations.json``,
measured on two processor cores; ``python -m workflow.durations _build _build/smoke`` writes it anew from these builds.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from helpers.atomic_files import atomic_write

NAME = "durations.json"
TABLE = Path(__file__).with_name(NAME)


class Durations:
    """The seconds that each rule took when it last ran at a scale.

    build: the folder of everything made. table: a file of the same form, for what has not run there yet.
    """

    def __init__(self, build: Path, scale: str, *, table: Path = TABLE) -> None:
        self._path = build / NAME
        self._scale = scale
        self._kept = read(self._path)
        self._known = {**read(table).get(scale, {}), **self._kept.get(scale, {})}

    def of(self, rule: str) -> float | None:
        """The rule's seconds; None if it never ran."""
        return self._known.get(rule)

    def record(self, rule: str, seconds: float) -> None:
        """Keep what a job took, in the build's folder."""
        self._known[rule] = self._kept.setdefault(self._scale, {})[rule] = round(seconds, 1)
        write(self._path, self._kept)


def read(path: Path) -> dict[str, dict[str, float]]:
    """Seconds by scale and rule; none from a file that is missing or spoilt: no build depends on an estimate."""
    try:
        content: dict[str, dict[str, float]] = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return content


def write(path: Path, seconds: dict[str, dict[str, float]]) -> None:
    """Seconds by scale and rule, as a file whose lines a person can compare."""
    with atomic_write(path) as partial:
        partial.write_text(json.dumps(seconds, indent=1, sort_keys=True) + "\n", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the table of durations from builds, a scale from each.")
    parser.add_argument("builds", type=Path, nargs="+", help="folders of builds; what they lack stays as it was")
    table = read(TABLE)
    for build in parser.parse_args().builds:
        table |= read(build / NAME)
    write(TABLE, table)


if __name__ == "__main__":
    main()
