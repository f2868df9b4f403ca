"""Paths as users write them: ``~`` is the user's folder, and a relative path begins where the command was given."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
CALLER = "HELPERS_CALLER"  # the folder of the command, told to a page that runs in another one


def resolved(path: str | Path, *, start: Path | None = None) -> Path:
    """The absolute path that a user means.

    start: where a relative path begins. By default that is the folder of the command, which the environment variable
    ``HELPERS_CALLER`` names where a page runs in another folder (``workflow.execute`` sets it), else the current one.

    A link stays a link. A ``~`` whose folder is not known stays too.
    """
    path = Path(path)
    with suppress(RuntimeError):  # a user who is not known here, or has no folder
        path = path.expanduser()
    begin = start if start is not None else Path(os.environ.get(CALLER) or Path.cwd())
    return Path(os.path.normpath(begin.absolute() / path))


def is_folder(path: Path) -> bool:
    """Whether this is a folder that can be reached; a path that cannot be is none."""
    try:
        return path.is_dir()
    except (OSError, ValueError):  # a name that is too long, a folder that may not be entered
        return False


def is_file(path: Path) -> bool:
    """Whether this is a regular file that can be reached: no device or pipe, which may never end."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def looks_like_path(text: str | Path) -> bool:
    """Whether a text can only be a path: it has a separator, an ending or a tilde, or is a Path."""
    return isinstance(text, Path) or any(mark in text for mark in (os.sep, "/", ".", "~", "\0"))


def exists(path: Path) -> bool:
    """Whether there is anything at this path that can be reached."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def shown(text: object) -> str:
    """A path, name or message as one line that every file and page can hold.

    Line ends and other control characters are written as ``\\n`` or ``\\x1b``, bytes that are not UTF-8 as ``\\udce9``.
    """
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), str(text))
