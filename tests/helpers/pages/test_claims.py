"""Each rule's verdict, decided from numbers that anyone can check by eye."""

import numpy as np
import pytest
import torch
import yaml
from hypothesis import given
from hypothesis import strategies as st

from helpers.pages import claims
from helpers.pages.claims import Claim, ClaimError, decide
from helpers.pages.repository import REPOSITORY


def claim(rule, **others):
    given = {
        "id": "x",
        "page": "01_x",
        "where": "section 1",
        "statement": "It is so.",
        "why": "because",
        "rule": rule,
    }
    return Claim(**(given | others))


def verdict(rule, values, scale="laptop", changed_parameters=(), **others):
    return decide(claim(rule, **others), values, scale=scale, changed_parameters=changed_parameters).verdict


@pytest.mark.parametrize(
    ("rule", "value", "values", "expected"),
    [
        ({"within": 0.15}, 2.0, [2.2, 2.3], True),
        ({"within": 0.15}, 2.0, [2.4, 2.4], False),
        ({"within": 0.15}, -2.0, [-2.2, -2.2], True),
        ({"within": 0.15}, 2.0, [1.0, 4.0, 2.5], False),
        ({"within": 0.15, "or_seeds": True}, 2.0, [1.0, 4.0, 2.5], True),  # the spread explains it
        ({"within": 0.15, "or_seeds": True}, 2.0, [2.5, 2.5001, 2.4999], False),  # no spread, no excuse
        ({"within_units": 0.3}, 2.9, [2.6, 2.7, 2.8], True),
        ({"within_units": 0.1}, 2.9, [2.6, 2.7, 2.8], False),
        ({"at_most": 2}, None, [2, 2, 2], True),
        ({"at_most": 2}, None, [1, 1, 3.5], False),  # mean below, end of the interval above
        ({"at_least": 0.9}, None, [0.95], True),
        ({"at_least": 0.9}, None, [0.95, 0.8, 0.99], False),
        ({"between": [0.8, 1.2]}, None, [1.2], True),
        ({"between": [0.8, 1.2]}, None, [1.21], False),
        ({"holds": 1.0}, None, [True, True], True),
        ({"holds": 1.0}, None, [True, False], False),
        ({"holds": 0.5}, None, [True, False], True),
        ({"at_most": 2}, None, [float("nan")], False),
        ({"order": ["a", "b"]}, None, {"a": [1, 2, 3], "b": [2, 3, 4.1]}, True),  # paired: every seed agrees
        (
            {"order": ["a", "b"]},
            None,
            {"a": [1, 2, 3], "b": [3, 1, 5]},
            False,
        ),  # larger on average, not shown
        ({"order": ["b", "a"]}, None, {"a": [1], "b": [2]}, False),
        ({"trend": "increasing"}, None, {"0.1": [1, 1], "0.2": [2, 3], "0.4": [5, 4]}, True),
        ({"trend": "decreasing"}, None, {"0.1": [1, 1], "0.2": [2, 3], "0.4": [5, 4]}, False),
        ({"trend": "increasing"}, None, {"1": [1, 3], "2": [2, 2], "3": [3, 1]}, False),
        ({"trend": "increasing"}, None, {"1": [1], "2": [1], "3": [1]}, False),
    ],
)
def test_rules(rule, value, values, expected):
    assert verdict(rule, values, value=value) == ("reproduced" if expected else "not reproduced")


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
        ({"order": ["a", "b"]}, {"a": [1.0]}, "needs one list per name; got a"),
        ({"order": ["a", "b"]}, {"a": [1.0], "b": [1.0, 2.0]}, "as many values for each name"),
        ({"order": ["a", "b"]}, [1.0], "values without names"),
        ({"trend": "increasing"}, {"1": [1.0], "2": [2.0]}, "at least three"),
    ],
)
def test_values_that_do_not_fit_are_refused(rule, values, expected):
    with pytest.raises(ClaimError, match=expected):
        decide(claim(rule), values, scale="laptop")


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=6), st.floats(-1e6, 1e6))
def test_at_most_and_at_least_never_both_hold_away_from_the_bound(values, bound):
    both = [verdict({kind: bound}, values) == "reproduced" for kind in ("at_most", "at_least")]
    assert not all(both) or np.allclose(values, bound, rtol=1e-6, atol=1e-6)


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
        ({"rule": {"within": 0.1, "at_most": 2}}, "rule"),
        ({"rule": {"nearly": 1}}, "rule"),
        ({"why": None}, "why"),
        ({"id": "Not Allowed"}, "id"),
        ({"rule": {"within": 0.1}}, "gives no number"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_faulty_file_is_refused(tmp_path, change, expected):
    entry = {
        "id": "a",
        "page": "01_x",
        "where": "table 1",
        "statement": "It is so, we think.",
        "why": "because",
        "rule": {"at_most": 1},
    }
    path = tmp_path / "claims.yml"
    path.write_text(yaml.safe_dump({"study": "s", "claims": [entry | change]}))
    with pytest.raises(ClaimError, match=expected):
        claims.load(path)


def test_an_id_stands_once(tmp_path):
    entry = {
        "id": "a",
        "page": "01_x",
        "where": "table 1",
        "statement": "It is so, we think.",
        "why": "because",
        "rule": {"at_most": 1},
    }
    path = tmp_path / "claims.yml"
    path.write_text(yaml.safe_dump({"study": "s", "claims": [entry, entry]}))
    with pytest.raises(ClaimError, match="'a' stands twice"):
        claims.load(path)


@pytest.mark.parametrize("path", sorted(REPOSITORY.glob("notebooks/*/claims.yml")), ids=lambda p: p.parent.name)
def test_claims_of_the_book_are_valid_and_belong_to_pages(path):
    for entry in claims.load(path).values():
        assert (path.parent / f"{entry.page}.py").is_file(), entry.id
        assert claims.describe(entry)
