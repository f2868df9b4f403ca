"""Bring the two files of each page in step: the ``.py`` and the paired ``.ipynb`` (``make notebooks``).

Dates say nothing of who was edited: git, backups and copies set them. So the side that was edited is found by comparing
both with the newest commit in which they agreed. It is written to the other side. Where both were edited, or nobody can
know, nothing is written, and ``make notebooks FROM=py`` (or ``ipynb``) says which one counts.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from jupytext.cli import jupytext as synchronise

SIDES = (".py", ".ipynb")
_COMMITS = 50  # how far back to look for a commit in which the two agreed

Cells = list[tuple[str, str, list[str]]]  # kind, source and tags of each cell


class PairError(ValueError):
    """The two files of a page cannot be brought in step; the message is one sentence."""


def step(page: Path, *, wins: str = "") -> str:
    """Bring the two files of a page in step; returns the suffix of the file that was written, empty if none was.

    page: the page's path without a suffix.
    wins: the suffix of the side that counts whatever was edited.

    Raises PairError if both sides were edited, or if a side cannot be read.
    """
    there = [side for side in SIDES if page.with_suffix(side).exists()]
    if len(there) == 1:
        wins = there[0]
    elif not wins:
        texts = {side: page.with_suffix(side).read_bytes() for side in SIDES}
        cells = {side: _cells(texts[side], page.with_suffix(side)) for side in SIDES}
        if cells[".py"] == cells[".ipynb"]:
            return ""
        agreed = _agreed(page)
        edited = [side for side in SIDES if cells[side] != agreed]
        if len(edited) > 1:
            raise PairError(
                f"{page}.py and .ipynb were both edited; the one that counts: make notebooks FROM=py or ipynb."
            )
        (wins,) = edited
    source = page.with_suffix(wins)
    _cells(source.read_bytes(), source)  # raises PairError before anything is written
    (written,) = {*SIDES} - {wins}
    target = page.with_suffix(written)
    if target.exists():
        try:
            _cells(target.read_bytes(), target)
            os.utime(target, (1, 1))  # Jupytext goes by dates
        except PairError:
            target.unlink()  # somebody said that the other one counts
    os.utime(source)
    synchronise(["--quiet", "--set-formats", "ipynb,py:percent", "--sync", str(source)])
    return written


def _agreed(page: Path) -> Cells | None:
    """The cells of both files in the newest commit in which they were the same; None if there is none."""
    names = [f"./{page.name}{side}" for side in SIDES]
    commits = _git(page.parent, "log", f"-{_COMMITS}", "--format=%H", "--", *names).split()
    for commit in commits:
        sides = []
        for side, name in zip(SIDES, names, strict=True):
            try:
                sides.append(_cells(_git(page.parent, "show", f"{commit}:{name}").encode(), page.with_suffix(side)))
            except PairError:  # a commit with a file that cannot be read
                break
        if len(sides) == 2 and sides[0] == sides[1]:
            return sides[0]
    return None


def _git(folder: Path, *arguments: str) -> str:
    """What git prints; empty where there is no git, no repository or no such file."""
    try:
        run = subprocess.run(["git", *arguments], cwd=folder, capture_output=True)
    except OSError:
        return ""
    return run.stdout.decode("utf-8", errors="replace")


def _cells(content: bytes, path: Path) -> Cells:
    try:
        text = content.decode()
        notebook: Any = (
            nbformat.reads(text, as_version=4) if path.suffix == ".ipynb" else jupytext.reads(text, "py:percent")
        )
        return [(cell.cell_type, cell.source, sorted(cell.metadata.get("tags", []))) for cell in notebook.cells]
    except Exception as error:  # both libraries raise whatever their parsers do
        raise PairError(
            f"{path} cannot be read: {str(error).splitlines()[0][:200] if str(error) else error!r}."
        ) from None


def pages(folder: Path) -> Iterator[Path]:
    """The pages below a folder of studies, each as a path without a suffix."""
    found = {path.with_suffix("") for side in SIDES for path in folder.glob(f"*/[0-9]*{side}")}
    yield from sorted(found)


def main() -> int:
    parser = argparse.ArgumentParser(description="Bring the .py and the .ipynb of every page in step.")
    parser.add_argument(
        "--from", dest="wins", choices=("py", "ipynb"), help="the side that counts, whatever was edited"
    )
    given = parser.parse_args()
    failed = False
    for page in pages(Path("notebooks")):
        try:
            if written := step(page, wins=f".{given.wins}" if given.wins else ""):
                print(f"Written: {page}{written}")
        except (PairError, OSError) as error:
            print(error, file=sys.stderr)
            failed = True
    return failed


if __name__ == "__main__":
    raise SystemExit(main())
