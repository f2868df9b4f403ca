"""A lock that a process and its children hold: what they write is not written by anybody else meanwhile."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# File systems without locks, as some clusters have; a page then runs as it did before there were locks.
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL}


@contextmanager
def locked(path: Path, waiting: str) -> Iterator[int]:
    """Wait until nobody holds the lock, then hold it. Gives its file descriptor.

    path: the file of the lock, which stays.
    waiting: the sentence to print before a wait.

    A child process that inherits the descriptor (``pass_fds``) holds the lock, too: it is free when all of them have
    ended, however they end. So a child that outlives a killed parent cannot write over newer results.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(waiting, flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
        yield file
    finally:
        os.close(file)
