"""What torchvision downloads of data: where it is kept, how long a page waits, and what can go wrong on the way."""

from __future__ import annotations

import http.client
import socket
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from platformdirs import user_cache_path

# No network, a web page in place of the file (RuntimeError: a wrong checksum), no room or no right to write, ...
FAILURES: tuple[type[Exception], ...] = (OSError, RuntimeError, EOFError, http.client.HTTPException)
# ... and what torchvision comes to where a file in the cache is damaged
FAILURES += (ValueError, AssertionError, LookupError, zlib.error, tarfile.TarError)

_SECONDS = 60.0  # to wait for the next piece of a file


def cache_folder() -> Path:
    """The user's cache folder, which is made if it is not there. Raises OSError where there can be none."""
    folder = user_cache_path("what-neurons-learn")
    if not folder.is_absolute():  # no home: "~" would become a folder of that name where the page runs
        raise OSError("there is no home folder to keep downloads in")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def patience() -> Iterator[None]:
    """A page must not hang without a network: torchvision itself would wait for ever."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
