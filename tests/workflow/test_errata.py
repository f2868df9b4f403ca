"""The page of errata lists every slip with its arithmetic, and nothing else."""

from helpers.pages.repository import REPOSITORY
from workflow.errata import MARK, lists
from workflow.scorecard.records import ReportedPage

SLIP = {
    "id": "eq-1.window",
    "verdict": "slip in the study",
    "where": "section 3, eq. 1",
    "statement": "The sum has <19> terms.",
    "why": "It runs to 2.9.",
    "rule": "tau == window",
    "study_value": {"tau": 2.9, "window": 19},
    "values": None,
    "measured": "nothing",
    "reason": "The study's own numbers rule this out.",
    "address": "one/01_a.html#claim-eq-1.window",
}
TRIED = {
    **SLIP,
    "id": "fig-1.ten",
    "study_value": None,
    "values": [0.0],
    "measured": "whether ten fit",
    "reason": "0 of 1",
}
HOLDS = {**SLIP, "id": "fig-2.other", "verdict": "holds"}


def page(study, *claims):
    return ReportedPage(study=study, results={}, claims=list(claims))


def test_slips_are_listed_by_study_with_their_arithmetic():
    text = lists([page("One", SLIP, HOLDS), page("One", TRIED), page("Two", HOLDS)])
    assert text.count("<li ") == 2 and "fig-2.other" not in text and "## Two" not in text and "2 slips." in text
    assert "Not true: <code>tau == window</code> with tau: 2.9; window: 19." in text
    assert "The sum has &lt;19&gt; terms." in text and 'href="one/01_a.html#claim-eq-1.window"' in text
    assert "Tried: whether ten fit. 0 of 1" in text
    assert lists([page("Two", HOLDS)]) == "No page of this book found a slip.\n"


def test_the_prose_has_the_mark():
    assert (REPOSITORY / "book/errata.md").read_text("utf-8").count(MARK) == 1
