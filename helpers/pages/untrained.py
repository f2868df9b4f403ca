"""What networks before any training give for the claims of a study: ``notebooks/<study>/untrained.csv``.

``make untrained`` measures it, by the same pages. A claim that such networks pass as well says little about learning;
its box tells so.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from helpers.errors import BadInput
from helpers.pages.verdicts import VERDICTS

FILE = "untrained.csv"
HEAD = ["claim", "verdict", "measured"]


class Untrained(NamedTuple):
    """The verdict of a claim on networks before any training, and the mean with its 95 % interval in words."""

    verdict: str
    measured: str


def in_words(entry: Mapping[str, str] | None) -> str:
    """What the box of a claim says of its ``untrained`` entry in ``results.json``; "" if there is none."""
    if not entry:
        return ""
    found = f" ({entry['measured']})" if entry["measured"] else ""
    return f"networks before any training, measured the same way: {entry['verdict']}{found}"


def read(path: Path) -> dict[str, Untrained]:
    """The entries of a study by claim; none if there is no such file. Raises BadInput for a damaged one."""
    try:
        rows = list(csv.reader(io.StringIO(path.read_text("utf-8"))))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, csv.Error) as error:
        raise BadInput(f"{path} cannot be read: {error}.") from None
    if rows[:1] != [HEAD] or any(len(row) != len(HEAD) or row[1] not in VERDICTS for row in rows[1:]):
        raise BadInput(f"{path} is damaged: each line is {', '.join(HEAD)}; verdicts are {', '.join(VERDICTS)}.")
    return {claim: Untrained(verdict, measured) for claim, verdict, measured in rows[1:]}
