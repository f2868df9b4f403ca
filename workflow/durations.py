"""The seconds that each rule of the Snakefile took, from which the remaining time is estimated.

Each build keeps its own in ``durations.json`` in its folder. A first build uses ``workflow/durations.json``, measured
on two processor cores; ``python -m workflow.durations _build _build/smoke`` updates it from these builds.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from helpers.atomic_files import atomic_write

NAME = "durations.json"
TABLE = Path(__file__).with_name(NAME)


class Durations:
    """The seconds that each rule took in its last run at a scale.

    build: the folder of the build.
    scale: the scale of the build.
    table: a file of the same form, used for rules that have not run in this build.
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
        """Store the seconds of a job in the build's folder."""
        self._known[rule] = self._kept.setdefault(self._scale, {})[rule] = round(seconds, 1)
        write(self._path, self._kept)


def read(path: Path) -> dict[str, dict[str, float]]:
    """Seconds by scale and rule; empty if the file is missing or damaged, since no build depends on an estimate."""
    try:
        content = json.loads(path.read_text("utf-8"))
        return {str(scale): {rule: float(seconds) for rule, seconds in of.items()} for scale, of in content.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def write(path: Path, seconds: dict[str, dict[str, float]]) -> None:
    """Write seconds by scale and rule to a file, one per line, so that versions are easy to compare."""
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
