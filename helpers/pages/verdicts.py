"""The verdicts of claims: what each is called, and its sign."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

HOLDS = "holds"
FAILS = "fails"
UNDECIDED = "undecided"
SLIP = "slip in the study"
LARGER_SCALE = "needs a larger scale"
NOT_TESTABLE = "not testable here"

VERDICTS = {HOLDS: "✓", FAILS: "✗", UNDECIDED: "?", SLIP: "≠", LARGER_SCALE: "…", NOT_TESTABLE: "–"}


def as_predicate(verdict: str) -> str:
    """A verdict as the end of a sentence: "that the error falls is undecided", "that it rises fails"."""
    return verdict if verdict in (HOLDS, FAILS, LARGER_SCALE) else f"is {verdict}".replace("is slip", "is a slip")


def tally(verdicts: Iterable[str]) -> str:
    """How many claims have each verdict: "3 claims: 2 holds, 1 fails."."""
    counts = Counter(verdicts)
    parts = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])
    return f"{counts.total()} claims: {parts or 'none'}."
