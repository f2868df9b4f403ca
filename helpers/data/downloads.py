"""What torchvision downloads of data: how long a page waits, and what can go wrong on the way."""

from __future__ import annotations

import http.client
import socket
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

# No network, a web page in place of the file (RuntimeError: a wrong checksum), no room or no right to write, ...
FAILURES: tuple[type[Exception], ...] = (OSError, RuntimeError, EOFError, http.client.HTTPException)
# ... and what torchvision comes to where a file in the cache is damaged
FAILURES += (ValueError, AssertionError, LookupError, zlib.error, tarfile.TarError)

_SECONDS = 60.0  # to wait for the next piece of a file


@contextmanager
def patience() -> Iterator[None]:
    """A page must not hang without a network: torchvision itself would wait for ever."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
