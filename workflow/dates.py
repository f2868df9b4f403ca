"""Files dated in the future: Snakemake compares dates, so they would make a build wrong without a word."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

SOURCES = ("Snakefile", "_toc.yml", "_config.yml", "pyproject.toml", "requirements.lock")
FOLDERS = ("notebooks", "helpers", "workflow", "book", "sweeps")  # further sources
# below the folder of a build
MADE = ("executed", "results", "stages", "sweeps", "explorer", "unit_data", "jump", "html/.built")
SLACK = 1.0  # seconds; clocks of file systems are coarse


def correct(build: Path) -> Iterator[str]:
    """Correct the dates of files dated in the future; gives a sentence for each kind of them.

    build: the folder of the build.

    A source becomes as new as now. A file that was made becomes older than every source, so that Snakemake compares
    what it was made from, and makes it again if that is different now. Raises OSError if a date cannot be set.
    """
    now = time.time()
    sources = _from_the_future([Path(name) for name in (*SOURCES, *FOLDERS)], now)
    for path in sources:
        os.utime(path)
    if sources:
        yield f"Dated in the future, now as new as today: {_named(sources)}."
    made = _from_the_future([build / name for name in MADE], now)
    for path in made:
        os.utime(path, (1, 1))  # not 0, which Snakemake takes for no date
    if made:
        yield f"Dated in the future, so looked at again: {_named(made)}."


def _from_the_future(places: Iterable[Path], now: float) -> dict[Path, float]:
    """The files at or below these places that are dated in the future, with their dates."""
    files = (path for place in places for path in ([place] if place.is_file() else place.rglob("*")))
    dates = {path: path.stat().st_mtime for path in files if path.is_file()}
    return {path: date for path, date in dates.items() if date > now + SLACK}


def _named(dates: dict[Path, float]) -> str:
    first, date = next(iter(dates.items()))
    others = f" and {len(dates) - 1} more" if len(dates) > 1 else ""
    return f"{first} ({datetime.fromtimestamp(date):%Y-%m-%d}){others}"
