"""Where a pass is kept while it goes on, so that an interrupted one need not begin anew.

The place is the folder ``passes`` in the cache folder of this person, not in a build: a page that is opened alone and a
build go on with each other's. A finished pass leaves nothing there but an empty lock. The folder may be deleted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock

from helpers.cache import cache_folder


@contextmanager
def interrupted(described: Mapping[str, Any]) -> Iterator[Path | None]:
    """The file of a pass, which nobody else writes meanwhile; removed at the end, but not after an exception.

    described: all that decides the pass, as plain JSON values.

    None if another process makes the same pass, and where there is no cache folder: then it is kept nowhere.
    """
    name = hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()[:16]
    try:
        path = cache_folder() / "passes" / f"{name}.safetensors"
        path.parent.mkdir(exist_ok=True)
        lock = FileLock(path.with_suffix(".lock"), blocking=False)
        lock.acquire()
    except OSError:  # also filelock's Timeout: another process has it
        yield None
        return
    try:
        yield path
        path.unlink(missing_ok=True)
    finally:
        lock.release()
