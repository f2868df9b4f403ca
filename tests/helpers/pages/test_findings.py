"""What is decided besides the rule, and what a finding holds."""

import numpy as np
import pytest
import torch

from helpers.pages.claims import Claim
from helpers.pages.findings import decide
from helpers.pages.rule import ClaimError
from helpers.pages.rules import parse


def claim(rule, **others):
    given = {
        "id": "x",
        "page": "01_x",
        "kind": "sentence",
        "where": "section 1",
        "statement": "It is so.",
        "measured": "mean of something",
        "protocol": {"laptop": "exact"},
        "why": "because",
        "rule": parse(rule),
    }
    return Claim(**(given | others))


def verdict(rule, values, scale="laptop", **others):
    return decide(claim(rule, **others), values, scale=scale).verdict


def test_the_rule_decides_what_nothing_else_does():
    assert verdict({"at_most": 2}, [2, 2, 2]) == "holds"
    assert verdict({"at_most": 2}, [3, 3, 3]) == "fails"
    assert verdict({"holds": "all"}, [True, True]) == "holds"
    assert verdict({"order": ["a", "b"]}, {"a": [1, 2, 3], "b": [2, 3, 4.1]}) == "holds"


def test_what_fails_in_the_study_s_own_text_is_a_slip():
    assert verdict({"holds": "all"}, [True, False], kind="slip") == "slip in the study"
    assert verdict({"at_most": 2}, [1, 5], kind="slip") == "undecided"
    arithmetic = claim({"arithmetic": "l2 >= l1"}, kind="slip", value={"l1": 0.3, "l2": 0.26})
    assert decide(arithmetic, scale="smoke").verdict == "slip in the study"


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        ({"at_most": 2}, [float("nan")]),
        ({"at_most": 2}, [1.0, float("-inf")]),
        ({"at_most": 2}, np.ma.masked_array([1.0, 99.0], [False, True])),
        ({"order": ["a", "b"]}, {"a": [1.0], "b": [float("inf")]}),
    ],
)
def test_values_that_are_not_finite_decide_nothing(rule, values):
    finding = decide(claim(rule), values, scale="laptop")
    assert (finding.verdict, finding.reason) == ("undecided", "A measured value is not finite.")


def test_what_is_lacking_is_said_and_nothing_judged():
    finding = decide(claim({"at_most": 1}), scale="laptop", missing="ImageNet's weights")
    assert finding.verdict == "not testable here"
    assert finding.reason == "This needs ImageNet's weights, which cannot be had here."


def test_smoke_judges_nothing_and_keeps_the_values():
    finding = decide(claim({"at_most": 2}), [1.0], scale="smoke")
    assert finding.verdict == "needs a larger scale"
    assert finding.as_json()["values"] == [1.0]
    assert decide(claim({"at_most": 2}, scale="paper"), [1.0], scale="laptop").verdict == "needs a larger scale"


def test_a_changed_setting_is_not_judged():
    finding = decide(claim({"at_most": 2}), [1.0], scale="laptop", changed_parameters=["noise_std = 1.5"])
    assert finding.verdict == "not testable here"
    assert "noise_std = 1.5" in finding.reason


@pytest.mark.parametrize("values", [torch.tensor([1.0, 2.0]), np.array([1.0, 2.0]), [1, 2], (1.0, 2)])
def test_any_array_is_taken(values):
    assert decide(claim({"at_most": 2}), values, scale="laptop").as_json()["values"] == [1.0, 2.0]


@pytest.mark.parametrize(
    ("change", "values", "floor", "expected"),
    [
        ({}, None, None, "needs measured values"),
        ({}, [[1.0], [2.0]], None, "one number per seed; got shape"),
        ({}, [], None, "one number per seed"),
        ({}, [1j], None, "The claim x: real numbers are needed"),
        ({}, {"a": [1.0], "b": [1.0, 2.0]}, None, "as many values for each name"),
        ({}, {"a": [1.0], "b": [1.0]}, None, "The claim x: The rule needs one number per seed"),
        ({}, [1.0], [1.0], "The claim x has no floor"),
        ({"floor": "chance"}, [1.0], None, "The claim x needs floor"),
        ({"range": (0, 1)}, [0.5, 1.5], None, "The claim x got 1.5; its range in claims.yml is 0 to 1"),
        ({"range": (0, None)}, [-0.5], None, "The claim x got -0.5; its range in claims.yml is 0 to …"),
        ({"over": "nothing"}, [0.5, 1.5], None, "The claim x is over nothing and takes one value"),
    ],
)
def test_values_that_do_not_fit_are_refused(change, values, floor, expected):
    with pytest.raises(ClaimError, match=expected):
        decide(claim({"at_most": 2}, **change), values, floor, scale="laptop")


def test_intervals_respect_what_a_number_can_be():
    found = decide(claim({"at_least": 0.5}, range=(0, 1)), [0.2, 0.9, 0.99], scale="laptop").as_json()
    assert (found["low"], found["high"]) == (0, 1)
    found = decide(claim({"holds": 0.5}), [True] * 5, scale="laptop").as_json()
    assert found["low"] == pytest.approx(5 / (5 + 1.959964**2)) and found["high"] == pytest.approx(1)


def test_rounding_may_carry_a_share_over_its_end():
    assert verdict({"at_least": 0.5}, [1 + 1e-7, 1.0], range=(0, 1)) == "holds"


def test_the_floor_is_kept_beside_the_values():
    one = claim({"at_least": 0.5}, floor="the same units before training", range=(0, 1))
    found = decide(one, [0.9, 0.92, 0.91], [0.2, 0.3, 0.1], scale="laptop").as_json()
    assert found["verdict"] == "holds"
    assert found["floor"]["text"] == "the same units before training"
    assert found["floor"]["mean"] == pytest.approx(0.2)
    assert found["rule"].endswith("and more than the floor")


def test_the_rule_that_is_shown_is_the_one_applied():
    assert decide(claim({"at_most": 2}), [1, 1], scale="laptop").rule == "at most 2, with the whole 95% interval"
    assert decide(claim({"at_most": 2}, over="nothing"), [1], scale="laptop").rule == "at most 2"
    assert decide(claim({"holds": "all"}), [1], scale="laptop").rule == "true in every case"
