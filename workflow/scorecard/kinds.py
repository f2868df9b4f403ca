"""The kinds of claims, and the groups in which the scorecard counts them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from helpers.pages.claims import KINDS, OF_THE_STUDY
from helpers.pages.verdicts import FAILS, HOLDS, UNDECIDED
from workflow.scorecard.records import Record

OURS = tuple(kind for kind in KINDS if kind not in OF_THE_STUDY)
GROUPS = {KINDS[kind].capitalize(): (kind,) for kind in OF_THE_STUDY} | {"Ours: controls and beyond": OURS}
_JUDGED = (HOLDS, FAILS, UNDECIDED)


def counts(records: Iterable[Record], kinds: Iterable[str]) -> Counter[str]:
    """How many claims of these kinds have each verdict."""
    return Counter(record["verdict"] for record in records if record["kind"] in kinds)


def share_that_holds(found: Counter[str]) -> str:
    """How many of the claims that could be judged hold: "108 of 112 hold"."""
    judged = sum(found[verdict] for verdict in _JUDGED)
    return f"{found[HOLDS]} of {judged} hold" if judged else f"none of {found.total()} could be judged"
