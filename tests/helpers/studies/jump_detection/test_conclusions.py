"""The words for the study's conclusions, and that every conclusion has claims."""

import pytest

from helpers.pages import claims, sources
from helpers.pages.verdicts import FAILS, HOLDS, LARGER_SCALE, UNDECIDED
from helpers.studies.jump_detection.conclusions import CONCLUSIONS, WORDS, Outcome, outcomes, table

CLAIMS = claims.load(sources.NOTEBOOKS / "jump_detection/claims.yml")


def outcome(*verdicts):
    return Outcome(CONCLUSIONS[0], {f"claim-{k}": verdict for k, verdict in enumerate(verdicts)})


@pytest.mark.parametrize(
    ("verdicts", "word"),
    [
        ([HOLDS, HOLDS, HOLDS, FAILS], "stands"),
        ([HOLDS, HOLDS, FAILS], "stands in part"),
        ([HOLDS, FAILS, FAILS, FAILS], "falls"),
        ([HOLDS, UNDECIDED, LARGER_SCALE], "stands"),
        ([UNDECIDED, LARGER_SCALE], "open"),
        ([], "open"),
    ],
)
def test_a_word_follows_from_the_decided_claims(verdicts, word):
    assert outcome(*verdicts).word == word
    assert word in WORDS


def test_every_beginning_names_claims_and_every_page_is_one():
    for each in CONCLUSIONS:
        assert (sources.NOTEBOOKS / "jump_detection" / f"{each.page}.py").exists()
        for beginning in each.claims:
            assert any(name.startswith(beginning) for name in CLAIMS), beginning


def test_no_claim_bears_on_two_conclusions_and_ours_on_none():
    kinds = {name: claim.kind for name, claim in CLAIMS.items()}
    found = outcomes(dict.fromkeys(CLAIMS, HOLDS), kinds)
    names = [name for each in found for name in each.verdicts]
    assert len(names) == len(set(names))
    assert {kinds[name] for name in names} <= {"number", "sentence"}


def test_the_table_links_each_conclusion_and_counts_its_verdicts():
    row = table([outcome(HOLDS, HOLDS, FAILS, UNDECIDED, LARGER_SCALE)]).splitlines()[-1]
    assert row == (f"| [{CONCLUSIONS[0].text}]({CONCLUSIONS[0].page}.ipynb) | **stands in part** | 2 | 1 | 1 | 1 |")
