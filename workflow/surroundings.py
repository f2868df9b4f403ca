"""Folders of the machine that programs of a build write to: where one cannot be written, the build takes its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from helpers.pages.folders import unwritable


def prepare(build: Path) -> Iterator[str]:
    """Let environment variables name folders that can be written; gives a sentence for each that is changed.

    build: the folder of the build, which can be written.

    Accounts of services and containers often have no home. Snakemake, Matplotlib and others would end with an error.
    """
    home = Path("~").expanduser()
    yield from _replaced("HOME", home, "" if home.is_dir() else "it is no folder", build)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path("~").expanduser() / ".cache")
    yield from _replaced("XDG_CACHE_HOME", cache, "" if cache.is_absolute() else "it is not absolute", build)
    temporary = Path(os.environ.get("TMPDIR") or tempfile.gettempdir())
    yield from _replaced("TMPDIR", temporary, "" if temporary.is_dir() else "it is no folder", build)


def _replaced(variable: str, folder: Path, why: str, build: Path) -> Iterator[str]:
    """Set the variable to a folder of the build if its own is no folder (why), or cannot be written."""
    if why := why or unwritable(folder):
        own = (build / ".home" / variable.lower()).resolve()
        own.mkdir(parents=True, exist_ok=True)
        os.environ[variable] = str(own)
        tempfile.tempdir = None  # Python keeps what it found first
        yield f"{variable} is {folder} ({why}); taken instead: {own}."
