"""Read lock files entry by entry. Standard library only, since this also runs before anything is installed.

``python -m workflow.locks`` (part of ``make lock``) removes the book's entries from the locks for development and for
benchmarks. An entry stays if the book's lock has it for fewer kinds of machine.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

BOOK = Path("requirements.lock")
ON_TOP = (Path("requirements-dev.lock"), Path("requirements-bench.lock"))


class Entry(NamedTuple):
    """One package of a lock, with its hashes."""

    name: str
    version: str
    machines: str  # an environment marker; empty for all machines
    text: str

    @property
    def pin(self) -> tuple[str, str, str]:
        return self.name, self.version, self.machines


def entries(text: str) -> list[Entry]:
    """All entries of a lock; raises ValueError that names an entry without an exact version or without hashes."""
    found = []
    for entry in re.split(r"\n(?=\S)", text.strip()):
        pin = r"(?P<name>[\w.-]+)==(?P<version>[^\s;]+)(?: ; (?P<machines>[^#\\]+?))?"
        match = re.fullmatch(pin + r"(?:\s+--hash=sha256:[0-9a-f]{64})+", entry.replace("\\\n", ""))
        if match is None:
            raise ValueError(f"A lock holds exact versions with hashes, and not: {entry[:120]}")
        found.append(Entry(match["name"], match["version"], match["machines"] or "", f"{entry}\n"))
    return found


def above(lock: list[Entry], book: list[Entry]) -> list[Entry]:
    """The entries that a lock has in addition to the book's."""
    pins = {entry.pin for entry in book}
    return [entry for entry in lock if entry.pin not in pins]


def main() -> None:
    book = entries(BOOK.read_text("utf-8"))
    for path in ON_TOP:
        added = above(entries(path.read_text("utf-8")), book)
        path.write_text("".join(entry.text for entry in added), "utf-8")


if __name__ == "__main__":
    main()
