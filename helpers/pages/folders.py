"""Where a run writes: places are tried at its start, not found out at its end."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from helpers.errors import BadInput
from helpers.pages.repository import REPOSITORY
from helpers.user_paths import exists

BUILD = REPOSITORY / "_build"  # what the build makes


@cache
def own_build() -> Path:
    """The folder for what runs outside of the build make: ``_build``, or another one where that cannot be written.

    The others are the cache folder of this person and the folder of temporary files. Raises BadInput if all of them
    cannot be written.
    """
    if not unwritable(BUILD):
        return BUILD
    temporary = Path(tempfile.gettempdir()) / f"what-neurons-learn-{os.getuid()}"
    for folder in (user_cache_path("what-neurons-learn"), temporary):
        # Relative: without a home directory "~/.cache" stays what it is. Not one's own: somebody else made it first.
        if folder.is_absolute() and not unwritable(folder) and folder.stat().st_uid == os.getuid():
            print(f"{BUILD} cannot be written; what this page makes goes to {folder}.")
            return folder
    raise BadInput(
        f"Neither {BUILD} nor a folder for temporary files can be written; HELPERS_RUN_DIR names another one."
    )


def of_run(page: str, parameters: Mapping[str, Any]) -> Path:
    """The folder in which a run of a page writes; raises BadInput if no results can be written there."""
    if "HELPERS_RUN_DIR" in os.environ:
        return for_results(Path(os.environ["HELPERS_RUN_DIR"]))
    name = hashlib.sha256(json.dumps(parameters, sort_keys=True).encode()).hexdigest()[:10]
    return for_results(own_build() / "runs" / page / name)


def for_results(folder: Path) -> Path:
    """The folder, tried out; raises BadInput in one sentence if no results can be written there.

    A folder that was not there is not there afterwards either: a page that is refused leaves nothing behind.
    """
    was_there = exists(folder)
    why = unwritable(folder)
    if not was_there:
        with suppress(OSError):
            folder.rmdir()
    if why:
        raise BadInput(f"Results cannot be written to {folder} ({why}); HELPERS_RUN_DIR names the folder.")
    return folder


def unwritable(folder: Path) -> str:
    """Why no file can be written in a folder, which is made where it is missing; empty if one can."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"0" * 4096)  # a full disk holds an empty file, too
    except OSError as error:
        return error.strerror or str(error)
    return ""
