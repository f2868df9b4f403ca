"""How long a page or a stage may take, so that one that hangs ends with a sentence."""

from __future__ import annotations

import argparse
import math
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

# Minutes by scale: far more than any page of the book takes.
LIMITS = {"smoke": 60.0, "laptop": 720.0, "paper": 10_080.0}


class TooLong(Exception):
    """Something has taken longer than it may; the message is one sentence."""

    def __init__(self, minutes: float) -> None:
        super().__init__(
            f"it was stopped after {minutes:g} minutes; where it may take longer: make book LIMIT=minutes."
        )


def minutes(text: str) -> float:
    """A limit on a command line; raises ArgumentTypeError if it is no positive number."""
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not (found > 0 and math.isfinite(found)):
        raise argparse.ArgumentTypeError(f"the limit is {text!r}; allowed is a number of minutes above 0")
    return found


@contextmanager
def limited(limit: float) -> Iterator[None]:
    """Raise TooLong in this (the main) thread after so many minutes."""

    def stop(*_: object) -> NoReturn:
        raise TooLong(limit)

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, limit * 60)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
