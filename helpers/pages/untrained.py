"""What networks before any training give for the claims of a study: ``notebooks/<study>/untrained.csv``.

``make untrained`` measures it, by the same pages. A claim that such networks pass as well says little about learning;
its box tells so.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from helpers.pages import kept_verdicts

FILE = "untrained.csv"
HEAD = ["claim", "verdict", "measured"]


class Untrained(NamedTuple):
    """The verdict of a claim on networks before any training, and the mean with its 95% interval in words."""

    verdict: str
    measured: str


def in_words(entry: Mapping[str, str] | None) -> str:
    """What the box of a claim says of its ``untrained`` entry in ``results.json``; "" if there is none."""
    if not entry:
        return ""
    found = f" ({entry['measured']})" if entry["measured"] else ""
    return f"networks before any training, measured the same way: {entry['verdict']}{found}"


def read(path: Path) -> dict[str, Untrained]:
    """The entries of a study by claim; none if there is no such file. Raises KeptVerdictsError for a damaged one."""
    return {claim: Untrained(verdict, measured) for claim, verdict, measured in kept_verdicts.read(path, HEAD)}
