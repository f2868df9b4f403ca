"""The words for a study's conclusions, and that every conclusion has claims."""

import pytest

from helpers.pages import claims, conclusions, sources
from helpers.pages.conclusions import Conclusion, ConclusionsError, Outcome, load, outcomes, table
from helpers.pages.verdicts import FAILS, HOLDS, LARGER_SCALE, UNDECIDED

FILES = sorted(sources.NOTEBOOKS.glob("*/conclusions.yml"))
ONE = Conclusion("Networks beat the filter (7.1)", "02_networks", ("claim-",))


def outcome(*verdicts, unlearned=()):
    return Outcome(ONE, {f"claim-{k}": verdict for k, verdict in enumerate(verdicts)}, frozenset(unlearned))


@pytest.mark.parametrize(
    ("verdicts", "word"),
    [
        ([HOLDS, HOLDS, HOLDS, FAILS], "stands"),
        ([HOLDS, HOLDS, FAILS], "half"),
        ([HOLDS, FAILS, FAILS, FAILS], "falls"),
        ([HOLDS, UNDECIDED, LARGER_SCALE], "stands"),
        ([UNDECIDED, LARGER_SCALE], "undecided"),
        ([LARGER_SCALE], "open"),
        ([], "open"),
    ],
)
def test_a_word_follows_from_the_decided_claims(verdicts, word):
    assert outcome(*verdicts).word == word
    assert word in conclusions.WORDS


def test_what_untrained_networks_do_as_well_is_not_due_to_learning():
    assert outcome(HOLDS, HOLDS, unlearned=["claim-0", "claim-1"]).word == "not due to learning"
    assert outcome(HOLDS, HOLDS, unlearned=["claim-0"]).word == "stands"
    assert outcome(FAILS, HOLDS, FAILS, FAILS, unlearned=["claim-1"]).word == "falls"


def test_every_study_has_conclusions():
    assert {path.parent.name for path in FILES} == {page.study for page in sources.every()}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_every_beginning_names_claims_and_every_page_is_one(path):
    found = claims.load(path.with_name("claims.yml"))
    said = load(path)
    assert path.with_name(f"{said.figure[0]}.py").exists()
    for each in said.listed:
        assert path.with_name(f"{each.page}.py").exists()
        for beginning in each.claims:
            assert any(name.startswith(beginning) for name in found), beginning


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_no_claim_bears_on_two_conclusions_and_ours_on_none(path):
    kinds = {name: claim.kind for name, claim in claims.load(path.with_name("claims.yml")).items()}
    found = outcomes(load(path).listed, dict.fromkeys(kinds, HOLDS), kinds)
    names = [name for each in found for name in each.verdicts]
    assert len(names) == len(set(names))
    assert {kinds[name] for name in names} <= {"number", "sentence"}
    assert all(each.verdicts for each in found), "a conclusion on which no claim of the study bears"


def test_the_table_links_each_conclusion_and_counts_its_verdicts():
    row = table([outcome(HOLDS, HOLDS, FAILS, UNDECIDED, LARGER_SCALE)]).splitlines()[-1]
    assert row == f"| [{ONE.text}](02_networks.ipynb) | **half** | 2 | 1 | 1 | 1 |"


@pytest.mark.parametrize("text", ["said: it", "- a list", "said: [", "said: it\nfigure: {page: a}\nconclusions: []"])
def test_a_file_in_another_form_is_refused_in_a_sentence(tmp_path, text):
    (tmp_path / "conclusions.yml").write_text(text)
    with pytest.raises(ConclusionsError, match=r"conclusions\.yml"):
        load(tmp_path / "conclusions.yml")
