"""Each rule's verdict, decided from numbers that anyone can check by eye."""

import json

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from scipy import stats

from helpers.pages.demands import Sample
from helpers.pages.measured_rules import Order, Within
from helpers.pages.repository import REPOSITORY
from helpers.pages.rule import ClaimError
from helpers.pages.rules import RULES, parse, schema

VALID = {
    "within": 0.15,
    "within_units": 0.3,
    "at_most": 2,
    "at_least": 2,
    "between": [1, 2],
    "order": ["a", "b"],
    "trend": "increasing",
    "holds": "all",
    "arithmetic": "a < b",
    "not_testable": "needs data that is gone",
}


def sample(values, **others):
    named = isinstance(values, dict)
    floats = {name: [float(v) for v in part] for name, part in values.items()} if named else [float(v) for v in values]
    return Sample(values=floats, **others)


def judge(rule, values, study_value=None, floor=None, **others):
    """What the rule decides for the values as floats, as a claim hands them over."""
    beside = None if floor is None else sample(floor, **others)
    return parse(rule).judge(sample(values, **others), study_value, beside)


@pytest.mark.parametrize(
    ("rule", "value", "values", "expected"),
    [
        ({"within": 0.15}, 2.0, [2.2, 2.21], "holds"),
        ({"within": 0.15}, 2.0, [2.2, 2.3], "undecided"),  # the mean is near, the interval is wide
        ({"within": 0.15}, 2.0, [2.4, 2.401], "fails"),
        ({"within": 0.15}, -2.0, [-2.2, -2.21], "holds"),
        ({"within": 0.15, "or_seeds": True}, 2.0, [2.2, 2.4, 2.5, 2.3, 2.15], "holds"),  # the spread explains it
        ({"within": 0.15, "or_seeds": True}, 2.0, [1.0, 4.0, 2.5, 2.0], "undecided"),  # a spread that explains all
        ({"within": 0.15, "or_seeds": True}, 2.0, [2.5, 2.5001, 2.4999, 2.5], "fails"),  # no spread, no excuse
        ({"within": 0.15, "or_seeds": True}, 2.0, [2.5, 2.5001, 2.4999], "undecided"),  # three seeds have no spread
        ({"within": 0.15, "or_seeds": True}, 2.0, [2.5], "undecided"),
        ({"within_units": 0.3}, 2.9, [2.7, 2.71, 2.72], "holds"),
        ({"within_units": 0.1}, 2.9, [2.7, 2.71, 2.72], "fails"),
        ({"at_most": 2}, None, [2, 2, 2], "holds"),
        ({"at_most": 2}, None, [1, 1, 3.5], "undecided"),  # mean below, end of the interval above
        ({"at_most": 2}, None, [3, 3.1, 3.2], "fails"),
        ({"at_least": 0.9}, None, [0.95], "undecided"),  # one seed
        ({"at_least": 0.9}, None, [0.95, 0.8, 0.99], "undecided"),
        ({"at_least": 0.9}, None, [0.85, 0.8, 0.81], "fails"),
        ({"between": [0.8, 1.2]}, None, [1.2, 1.2], "holds"),
        ({"between": [0.8, 1.2]}, None, [1.21, 1.21], "fails"),
        ({"between": [0.8, 1.2]}, None, [1.1, 1.19], "undecided"),
        ({"holds": "all"}, None, [1, 1], "holds"),
        ({"holds": "all"}, None, [1, 0], "fails"),
        ({"holds": 0.5}, None, [1, 1, 1, 1, 1], "holds"),
        ({"holds": 0.5}, None, [1, 1, 1, 1, 0], "undecided"),
        ({"holds": 0.5}, None, [1, 1, 1], "undecided"),
        ({"holds": 0.5}, None, [0, 0, 0, 0, 0], "fails"),
        ({"order": ["a", "b"]}, None, {"a": [1, 2, 3], "b": [2, 3, 4.1]}, "holds"),  # paired: every seed agrees
        ({"order": ["a", "b"]}, None, {"a": [1, 2, 3], "b": [3, 1, 5]}, "undecided"),  # larger on average, not shown
        ({"order": ["b", "a"]}, None, {"a": [1, 2, 3], "b": [2, 3, 4.1]}, "fails"),
        ({"order": ["b", "a"]}, None, {"a": [1], "b": [2]}, "undecided"),
        ({"order": ["a", "b"]}, None, {"a": [1, 1], "b": [1, 1]}, "fails"),  # equal is not in order
        ({"trend": "increasing"}, None, {"0.1": [1, 1], "0.2": [2, 3], "0.4": [5, 4]}, "holds"),
        ({"trend": "decreasing"}, None, {"0.1": [1, 1], "0.2": [2, 3], "0.4": [5, 4]}, "fails"),
        ({"trend": "increasing"}, None, {"1": [1, 3], "2": [2, 2], "3": [3, 1]}, "undecided"),
        ({"trend": "increasing"}, None, {"1": [1, 1], "2": [1, 1], "3": [1, 1]}, "fails"),
    ],
)
def test_verdicts(rule, value, values, expected):
    assert judge(rule, values, value).verdict == expected


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [({"at_least": 0.9}, 0.95, "holds"), ({"at_least": 0.9}, 0.8, "fails"), ({"between": [1, 2]}, 2, "holds")],
)
def test_one_exact_value_decides(rule, value, expected):
    assert judge(rule, [value], over="nothing").verdict == expected


@pytest.mark.parametrize(
    ("rule", "values", "floor", "expected"),
    [
        ({"at_least": 0.5}, [0.9, 0.92, 0.91], [0.2, 0.3, 0.1], "holds"),
        ({"at_least": 0.5}, [0.9, 0.92, 0.91], [0.9, 0.93, 0.9], "undecided"),  # passes, as the floor does
        ({"at_least": 0.5}, [0.9, 0.92, 0.91], [0.95, 0.97, 0.96], "fails"),  # the floor has more of it
        ({"at_least": 0.5}, [0.1, 0.12, 0.11], [0.0, 0.01, 0.0], "fails"),  # more than the floor, and not enough
        ({"at_least": 0.5}, [0.9, 0.92, 0.91], [0.05], "holds"),  # chance, known exactly
        ({"at_least": 0.5}, [1, 1, 1], [1, 1, 1], "undecided"),  # the very same
        ({"at_most": 0.5}, [0.2, 0.21, 0.2], [0.4, 0.45, 0.42], "holds"),
        ({"at_most": 0.5}, [0.2, 0.21, 0.2], [0.1, 0.1, 0.12], "fails"),
        ({"at_least": 0.5}, [0.9, 0.92, 0.91], [0.2, 0.3, 0.1, 0.2], "holds"),  # another number of seeds: Welch
        ({"between": [0, 1]}, [0.5, 0.51], [2, 2.01], "holds"),
        ({"between": [0, 1]}, [0.5, 0.51], [0.7, 0.71], "undecided"),
        ({"holds": 0.5}, [1] * 8, [0] * 8, "holds"),
        ({"holds": 0.5}, [1] * 8, [1, 1, 1, 1, 1, 1, 1, 0], "undecided"),
        ({"order": ["a", "b"]}, {"a": [1, 2], "b": [3, 4]}, {"a": [1, 2], "b": [1.1, 2]}, "holds"),
        ({"order": ["a", "b"]}, {"a": [1, 2], "b": [3, 4]}, {"a": [1, 2], "b": [6, 7]}, "fails"),
        (
            {"trend": "increasing"},
            {"1": [1, 1], "2": [2, 2], "3": [3, 3]},
            {"1": [1, 1], "2": [2, 2], "3": [3, 3]},
            "undecided",
        ),
    ],
)
def test_a_verdict_needs_more_than_the_floor(rule, values, floor, expected):
    judged = judge(rule, values, floor=floor)
    assert judged.verdict == expected


@pytest.mark.parametrize(
    ("rule", "value", "values", "expected"),
    [
        ({"within": 0.15}, 2.0, [2.5, 2.5], "Deviation: +25.0%."),
        ({"within_units": 0.5}, 0.0, [0.25, 0.25], "Deviation: +0.25."),
        ({"within": 0.1, "or_seeds": True}, 2.0, [2.5, 2.5], "Deviation: +25.0%. 2 values say too little about"),
        ({"within": 0.1, "or_seeds": True}, 2.0, [1, 4, 2.5, 2], "with 95%: too wide to tell."),
        ({"within": 0.1, "or_seeds": True}, 2.0, [2.2, 2.4, 2.5, 2.3, 2.15], "the study's one run is such a seed."),
        ({"at_most": 2}, None, [1, 1], ""),
        ({"at_most": 2}, None, [1], "A single value has no interval."),
        (
            {"order": ["a", "b", "c"]},
            None,
            {"a": [1, 2], "b": [0, 1], "c": [0, 5]},
            "Not shown: a < b (fails), b < c (undecided).",
        ),
        ({"trend": "decreasing"}, None, {"1": [3, 3], "2": [1, 1], "3": [2, 2]}, "Rank correlation -0.5 [-0.5, -0.5]."),
        ({"holds": 0.8}, None, [1, 0, 1], "True for 2 of 3."),
    ],
)
def test_remarks(rule, value, values, expected):
    assert expected in judge(rule, values, value).remark


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        ({"within": 0.15}, 2.0, "within 15% of the study's value (1.7 to 2.3)"),
        ({"within_units": 0.5, "or_seeds": True}, 1.0, "within 0.5 of the study's value (0.5 to 1.5); or the study's"),
        ({"at_least": 1234}, None, "at least 1,234"),
        ({"between": [0.5, 2]}, None, "between 0.5 and 2"),
        ({"order": ["a", "b"]}, None, "a < b, by the paired differences"),
        ({"holds": 0.5}, None, "true in more than 50% of the cases"),
        ({"holds": "all"}, None, "true in every case"),
        ({"arithmetic": "a < b"}, {"a": 1}, "a < b"),
    ],
)
def test_descriptions(rule, value, expected):
    assert parse(rule).describe(value).startswith(expected)


def test_arithmetic_is_over_the_study_s_own_values():
    rule = parse({"arithmetic": "l2 >= l1"})
    assert rule.judge(sample([]), {"l1": 0.5, "l2": 0.6}).verdict == "holds"
    assert rule.judge(sample([]), {"l1": 0.5, "l2": 0.4}).verdict == "fails"


def test_not_testable_says_why():
    rule = parse({"not_testable": "needs data that is gone"})
    assert rule.judge(sample([]), None) == ("not testable here", "needs data that is gone")


@pytest.mark.parametrize(
    ("rule", "values", "expected"),
    [
        ({"order": ["a", "b"]}, {"a": [1.0]}, "needs one list per name; got a"),
        ({"order": ["a", "b"]}, [1.0], "values without names"),
        ({"trend": "increasing"}, {"1": [1.0], "2": [2.0]}, "at least three"),
        ({"trend": "increasing"}, [1.0], "values without names"),
        ({"at_most": 2}, {"a": [1.0], "b": [1.0]}, "needs one number per seed; got values named a, b"),
        ({"within": 0.1}, {"a": [1.0]}, "needs one number per seed"),
        ({"holds": 0.1}, {"a": [1.0]}, "needs one number per seed"),
        ({"holds": 0.1}, [0.5, 1.0], "needs true or false for each case; got 0.5, 1"),
    ],
)
def test_values_that_do_not_fit_are_refused(rule, values, expected):
    with pytest.raises(ClaimError, match=expected):
        judge(rule, values, 1.0)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=6), st.floats(-1e6, 1e6))
def test_at_most_and_at_least_contradict_each_other_only_on_the_bound(values, bound):
    verdicts = {judge({kind: bound}, values).verdict for kind in ("at_most", "at_least")}
    allowed = ({"holds", "fails"}, {"undecided"})
    assert verdicts in allowed or np.allclose(values, bound, rtol=1e-6, atol=1e-6)


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=6), st.floats(-100, 100))
def test_no_verdict_contradicts_scipy_s_interval(values, bound):
    assume(np.std(values) > 0)  # equal values have no interval in SciPy
    low, high = stats.t.interval(0.95, len(values) - 1, loc=np.mean(values), scale=stats.sem(values))
    assume(min(abs(low - bound), abs(high - bound)) > 1e-6)  # on the very bound rounding decides
    expected = "holds" if low >= bound else "fails" if high < bound else "undecided"
    assert judge({"at_least": bound}, values).verdict == expected


@given(st.lists(st.floats(0, 1), min_size=2, max_size=6), st.floats(0.01, 0.99))
def test_what_a_share_cannot_be_is_not_held_against_it(values, bound):
    """A cut interval decides as the uncut one does, for every bound inside the range."""
    rule = {"at_least": bound}
    assert judge(rule, values, bounds=(0, 1)).verdict == judge(rule, values).verdict


def test_every_rule_has_a_schema_and_a_valid_example():
    assert VALID.keys() == RULES.keys()
    for key, argument in VALID.items():
        assert not list(Draft202012Validator(schema()).iter_errors({key: argument}))
        assert isinstance(parse({key: argument}), RULES[key].rule)


@pytest.mark.parametrize(
    "entry",
    [
        *({key: None} for key in VALID),
        {"within": 0},
        {"within_units": -1},
        {"between": [1]},
        {"between": [1, 2, 3]},
        {"order": ["a"]},
        {"trend": "rising"},
        {"holds": 1.0},
        {"holds": "most"},
        {"arithmetic": True},
        {"not_testable": "short"},
        {"at_most": 1, "at_least": 0},
        {"at_most": 1, "other": 1},
        {"within": 0.1, "or_seeds": False},
        {"or_seeds": True},
        {},
    ],
    ids=json.dumps,
)
def test_the_schema_refuses(entry):
    assert list(Draft202012Validator(schema()).iter_errors(entry))


def test_options_belong_to_the_rules_that_have_them():
    assert parse({"or_seeds": True, "within": 0.1}) == Within(0.1, or_seeds=True)
    with pytest.raises(ClaimError, match="The rule order has no option or_seeds"):
        parse({"order": ["a", "b"], "or_seeds": True})
    assert parse({"order": ["a", "b"]}) == Order(("a", "b"))


def test_the_rules_of_the_file_are_those_of_the_registry():
    """claims.schema.json leaves the rule to the registry."""
    content = json.loads((REPOSITORY / "helpers/pages/claims.schema.json").read_text("utf-8"))
    rule = content["properties"]["claims"]["items"]["properties"]["rule"]
    assert rule.keys() == {"type", "$comment"}
    Draft202012Validator.check_schema(schema())
