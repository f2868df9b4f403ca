"""Which claims files are refused, and what of a claim has to fit together."""

import pytest
import yaml

from helpers.pages import claims
from helpers.pages.claims import load
from helpers.pages.repository import REPOSITORY
from helpers.pages.rule import ClaimError


def entry(**change):
    """A claim as claims.yml gives it; a change to None leaves the key out."""
    given = {
        "id": "a",
        "page": "01_x",
        "kind": "sentence",
        "where": "table 1",
        "statement": "It is so, we think.",
        "measured": "mean of something",
        "rule": {"at_most": 1},
        "protocol": "exact",
        "why": "because",
    }
    return {key: value for key, value in (given | change).items() if value is not None}


def written(folder, *entries):
    path = folder / "claims.yml"
    path.write_text(yaml.safe_dump({"study": "s", "claims": list(entries)}))
    return path


def test_unknown_id_suggests_the_nearest(tmp_path):
    known = load(written(tmp_path, entry(id="table-3-3.mlp-2.l1")))
    with pytest.raises(ClaimError, match=r"No claim 'table-3-3.mlp2.l1'.*table-3-3.mlp-2.l1"):
        claims.find(known, "table-3-3.mlp2.l1")


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
        ({"kind": None}, "kind"),
        ({"kind": "guess"}, "kind"),
        ({"measured": None}, "measured"),
        ({"range": [1]}, "range"),
        ({"range": [1, 0]}, "a has the range 1 to 0; the lower end is first"),
        ({"over": "2"}, "over"),
        ({"protocol": None}, "a is the study's and measured, and needs a protocol"),
        ({"protocol": "nearly"}, "protocol"),
        ({"protocol": {"smoke": "exact"}}, "protocol"),
        ({"rule": {"arithmetic": "x < 1"}, "value": {"x": 1}}, "which is kind slip, not sentence"),
        ({"rule": {"arithmetic": "x < y"}, "value": {"x": 1}, "kind": "slip"}, "a has no value named y"),
        ({"rule": {"arithmetic": "x <"}, "value": {"x": 1}, "kind": "slip"}, "a: 'x <' is no expression"),
        ({"rule": {"not_testable": "needs a lost image"}, "floor": "chance"}, "a has a floor, but nothing is measured"),
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
        assert one.measured != one.statement


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


def test_a_protocol_may_depend_on_the_scale(tmp_path):
    found = load(written(tmp_path, entry(protocol={"laptop": "smaller", "paper": "exact"}), entry(id="b")))
    assert [found["a"].protocol_at(scale) for scale in ("smoke", "laptop", "paper")] == ["smaller", "smaller", "exact"]
    assert [found["b"].protocol_at(scale) for scale in ("smoke", "laptop", "paper")] == ["exact"] * 3
