"""Tables of verdicts that the repository keeps beside the claims of a study, as CSV: a line a claim."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from helpers.atomic_files import atomic_write
from helpers.errors import BadInput
from helpers.pages.verdicts import VERDICTS


class KeptVerdictsError(BadInput):
    """A table of verdicts cannot be read, or is damaged."""


def read(path: Path, head: Sequence[str]) -> list[list[str]]:
    """The lines of a table below its head; none if there is no such file.

    head: the names of the columns; the first is that of claims, the second of verdicts.

    Raises KeptVerdictsError for a file that cannot be read or has another form.
    """
    try:
        rows = list(csv.reader(io.StringIO(path.read_text("utf-8"))))
    except FileNotFoundError:
        return []
    except (OSError, ValueError, csv.Error) as error:
        raise KeptVerdictsError(f"{path} cannot be read: {error}.") from None
    if rows[:1] != [list(head)] or any(len(row) != len(head) or row[1] not in VERDICTS for row in rows[1:]):
        raise KeptVerdictsError(
            f"{path} is damaged: each line has {', '.join(head)}, and the verdict is one of {', '.join(VERDICTS)}."
        )
    return rows[1:]


def write(path: Path, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a table, whole or not at all."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([head, *rows])
    with atomic_write(path) as partial:
        partial.write_text(text.getvalue(), "utf-8")
