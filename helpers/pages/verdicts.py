"""The verdicts of claims: what each is called, and its sign."""

HOLDS = "holds"
FAILS = "fails"
UNDECIDED = "undecided"
SLIP = "slip in the study"
LARGER_SCALE = "needs a larger scale"
NOT_TESTABLE = "not testable here"

VERDICTS = {HOLDS: "✓", FAILS: "✗", UNDECIDED: "?", SLIP: "≠", LARGER_SCALE: "…", NOT_TESTABLE: "–"}
