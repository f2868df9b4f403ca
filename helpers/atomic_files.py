"""Files that appear whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """A temporary name beside ``path`` to write to; moved to ``path`` at the end, removed after an exception.

    A reader sees the old file or the new one, never a part. Makes the folder if there is none. The file gets the
    permissions of any new file of this person's, whatever writes it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        partial.touch()
        mode = partial.stat().st_mode
        yield partial
        partial.chmod(mode)  # some libraries write a file of their own, which only its owner may read
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
