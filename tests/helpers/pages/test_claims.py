"""What is decided besides the rule, what a finding shows, and which claims files are refused."""

import numpy as np
import pytest
import torch
import yaml

from helpers.pages import claims
from helpers.pages.claims import Claim, ClaimError, decide, load
from helpers.pages.repository import REPOSITORY
from helpers.pages.rules import parse


def claim(rule, **others):
    given = {
        "id": "x",
        "page": "01_x",
        "where": "section 1",
        "statement": "It is so.",
        "why": "because",
        "rule": parse(rule),
    }
    return Claim(**(given | others))


def verdict(rule, values, scale="laptop"):
    return decide(claim(rule), values, scale=scale).verdict


def entry(**change):
    """A claim as claims.yml gives it."""
    given = {
        "id": "a",
        "page": "01_x",
        "where": "table 1",
        "statement": "It is so, we think.",
        "why": "because",
        "rule": {"at_most": 1},
    }
    return given | change


def written(folder, *entries):
    path = folder / "claims.yml"
    path.write_text(yaml.safe_dump({"study": "s", "claims": list(entries)}))
    return path


def test_the_rule_decides_what_nothing_else_does():
    assert verdict({"at_most": 2}, [2, 2, 2]) == "reproduced"
    assert verdict({"at_most": 2}, [3, 3, 3]) == "not reproduced"
    assert verdict({"holds": 1.0}, [True, True]) == "reproduced"
    assert verdict({"holds": 1.0}, [True, False]) == "not reproduced"
    assert verdict({"order": ["a", "b"]}, {"a": [1, 2, 3], "b": [2, 3, 4.1]}) == "reproduced"


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        ({"at_most": 2}, [float("nan")]),
        ({"at_most": 2}, [1.0, float("-inf")]),
        ({"order": ["a", "b"]}, {"a": [1.0], "b": [float("inf")]}),
    ],
)
def test_values_that_are_not_finite_do_not_reproduce(rule, values):
    finding = decide(claim(rule), values, scale="laptop")
    assert (finding.verdict, finding.reason) == ("not reproduced", "A measured value is not finite.")


def test_what_is_lacking_is_said_and_nothing_judged():
    finding = decide(claim({"at_most": 1}), scale="laptop", missing="ImageNet's weights")
    assert finding.verdict == "not testable here"
    assert finding.reason == "This needs ImageNet's weights, which cannot be had here."


def test_arithmetic_and_not_testable_do_not_depend_on_the_scale():
    assert verdict({"arithmetic": True}, False, scale="smoke") == "paper inconsistent"
    assert verdict({"arithmetic": True}, True, scale="smoke") == "reproduced"
    finding = decide(claim({"not_testable": "needs data that is gone"}), scale="smoke")
    assert (finding.verdict, finding.reason) == ("not testable here", "needs data that is gone")


def test_smoke_judges_nothing_and_keeps_the_values():
    finding = decide(claim({"at_most": 2}), [1.0], scale="smoke")
    assert finding.verdict == "needs a larger scale"
    assert finding.values == [1.0]
    assert decide(claim({"at_most": 2}, scale="paper"), [1.0], scale="laptop").verdict == "needs a larger scale"


def test_a_changed_setting_is_not_judged():
    finding = decide(claim({"at_most": 2}), [1.0], scale="laptop", changed_parameters=["noise_std = 1.5"])
    assert finding.verdict == "not testable here"
    assert "noise_std = 1.5" in finding.reason


@pytest.mark.parametrize("values", [torch.tensor([1.0, 2.0]), np.array([1.0, 2.0]), [1, 2], (1.0, 2)])
def test_any_array_is_taken(values):
    assert decide(claim({"at_most": 2}), values, scale="laptop").values == [1.0, 2.0]


@pytest.mark.parametrize(
    ("rule", "values", "expected"),
    [
        ({"at_most": 2}, None, "needs measured values"),
        ({"at_most": 2}, [[1.0], [2.0]], "one number per seed; got shape"),
        ({"at_most": 2}, [], "one number per seed"),
        ({"order": ["a", "b"]}, {"a": [1.0], "b": [1.0, 2.0]}, "as many values for each name"),
    ],
)
def test_values_that_do_not_fit_are_refused(rule, values, expected):
    with pytest.raises(ClaimError, match=expected):
        decide(claim(rule), values, scale="laptop")


def test_unknown_id_suggests_the_nearest():
    known = {"table-3-3.mlp-2.l1": claim({"at_most": 1})}
    with pytest.raises(ClaimError, match=r"No claim 'table-3-3.mlp2.l1'.*table-3-3.mlp-2.l1"):
        claims.find(known, "table-3-3.mlp2.l1")


def test_shown_text_escapes_and_carries_the_anchor():
    finding = decide(claim({"within": 0.1}, value=2.0, statement="a < b & c is so"), [2.0, 2.1, 2.05], scale="laptop")
    shown = finding._repr_html_()
    assert 'id="claim-x"' in shown
    assert "a &lt; b &amp; c" in shown
    assert "Reproduced" in shown
    assert "2.05 [" in shown


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"rule": {"within": 0.1, "at_most": 2}}, "rule: a claim has one rule of within, .*; this one has"),
        ({"rule": {"nearly": 1}}, "rule: .*'nearly' was unexpected"),
        ({"rule": {"or_seeds": True}}, "rule: a claim has one rule of within, .*; this one has none"),
        ({"rule": {"at_most": 2, "or_seeds": True}}, "a: The rule at_most has no option or_seeds"),
        ({"rule": {"within": 0.1}, "value": [1.0]}, "a compares with the study's value, but gives no number"),
        ({"rule": {"between": [2, 1]}}, "a: The rule between has the bounds 2 and 1; the lower one is first"),
        ({"rule": {"within": float("inf")}, "value": 1}, "claims/0/rule/within: inf is not a finite number"),
        ({"rule": {"between": [0, float("nan")]}}, "claims/0/rule/between/1: nan is not a finite number"),
        ({"value": float("nan")}, "claims/0/value: nan is not a finite number"),
        ({"value": [1.0, float("-inf")]}, "claims/0/value/1: -inf is not a finite number"),
        ({"id": "a\n"}, "claims/0/id: "),
        ({"statement": ["x" * 9_999]}, "claims/0/statement: "),
        ({"why": None}, "why"),
        ({"id": "Not Allowed"}, "id"),
        ({"rule": {"within": 0.1}}, "gives no number"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_faulty_file_is_refused(tmp_path, change, expected):
    with pytest.raises(ClaimError, match=expected):
        claims.load(written(tmp_path, entry(**change)))


def test_an_id_stands_once(tmp_path):
    with pytest.raises(ClaimError, match="'a' stands twice"):
        claims.load(written(tmp_path, entry(), entry()))


@pytest.mark.parametrize("path", sorted(REPOSITORY.glob("notebooks/*/claims.yml")), ids=lambda p: p.parent.name)
def test_claims_of_the_book_are_valid_and_belong_to_pages(path):
    for claim_id, one in claims.load(path).items():
        assert (path.parent / f"{one.page}.py").is_file(), claim_id
        assert one.rule.describe()


def test_a_file_that_is_edited_is_read_again(tmp_path):
    path = written(tmp_path, entry())
    assert load(path)["a"].where == "table 1"
    written(tmp_path, entry(where="table 22"))
    assert load(path)["a"].where == "table 22"


NO_CLAIMS = {
    "tab": b"study: s\nclaims:\n\t- id: a\n",
    "not closed": b"study: s\nclaims: [\n",
    "a colon": b"study: s\nclaims:\n  - id: a\n    statement: the ratio: 3\n",
    "Latin-1": "study: caf\xe9\nclaims: []\n".encode("latin-1"),
    "UTF-16": "study: s\nclaims: []\n".encode("utf-16"),
    "an object": b"study: !!python/object:os.system x\nclaims: []\n",
    "a key twice": b"study: s\nstudy: t\nclaims: []\n",
    "empty": b"",
    "a list": b"- a\n",
}


@pytest.mark.parametrize("what", NO_CLAIMS)
def test_what_is_no_file_of_claims_is_one_sentence_that_names_it(tmp_path, what):
    (tmp_path / "claims.yml").write_bytes(NO_CLAIMS[what])
    with pytest.raises(ClaimError, match=r"claims\.yml") as error:
        load(tmp_path / "claims.yml")
    assert "\n" not in str(error.value) and len(str(error.value)) < 400


def test_no_file_of_claims_at_all(tmp_path):
    with pytest.raises(ClaimError, match=r"claims\.yml cannot be read: No such file or directory"):
        load(tmp_path / "claims.yml")


def test_complex_values_are_refused_and_masked_ones_do_not_reproduce():
    with pytest.raises(ClaimError, match="The claim x: real numbers are needed"):
        decide(claim({"at_most": 2}), [1j], scale="laptop")
    masked = np.ma.masked_array([1.0, 99.0], [False, True])
    assert decide(claim({"at_most": 2}), masked, scale="laptop").verdict == "not reproduced"
