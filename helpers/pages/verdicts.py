"""The verdicts of claims: what each is called, and its sign."""

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
