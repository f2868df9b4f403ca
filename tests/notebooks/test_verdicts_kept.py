"""The lists of changed verdicts fit the verdicts that the repository keeps, and each change has its reason."""

import pytest

from helpers.pages import claims
from helpers.pages.sources import NOTEBOOKS
from workflow import changes, verdicts

STUDIES = sorted(path.parent.name for path in NOTEBOOKS.glob("*/claims.yml"))


@pytest.mark.parametrize("study", STUDIES)
def test_changes_lead_to_the_verdicts_that_are_kept(study: str) -> None:
    kept = verdicts.read(NOTEBOOKS / study / verdicts.FILE)
    assert changes.faults(changes.read(NOTEBOOKS / study / changes.FILE), kept) == []


def test_no_two_studies_have_a_claim_of_the_same_name() -> None:
    names = [name for study in STUDIES for name in claims.load(NOTEBOOKS / study / "claims.yml")]
    assert sorted(names) == sorted(set(names))
