"""The folder in which downloads are kept."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_cache_path


def cache_folder() -> Path:
    """The user's cache folder, which is made if it is not there. Raises OSError where there can be none."""
    try:
        folder = user_cache_path("what-neurons-learn")
    except RuntimeError as error:  # no home folder
        raise OSError(str(error)) from None
    if not folder.is_absolute():  # no home: "~" would become a folder of that name where the page runs
        raise OSError("there is no home folder to keep downloads in")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
