"""Each rule's verdict, decided from numbers that anyone can check by eye."""

import json

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from scipy import stats

from helpers.pages.repository import REPOSITORY
from helpers.pages.rules import RULES, ClaimError, Order, Within, parse, schema

VALID = {
    "within": 0.15,
    "within_units": 0.3,
    "at_most": 2,
    "at_least": 2,
    "between": [1, 2],
    "order": ["a", "b"],
    "trend": "increasing",
    "holds": 0.5,
    "arithmetic": True,
    "not_testable": "needs data that is gone",
}


def judge(rule, values, study_value=None):
    """What the rule decides for the values as floats, as a claim hands them over."""
    named = isinstance(values, dict)
    floats = {name: [float(v) for v in part] for name, part in values.items()} if named else [float(v) for v in values]
    return parse(rule).judge(floats, study_value)


@pytest.mark.parametrize(
    ("rule", "value", "values", "expected"),
    [
        ({"within": 0.15}, 2.0, [2.2, 2.3], True),
        ({"within": 0.15}, 2.0, [2.4, 2.4], False),
        ({"within": 0.15}, -2.0, [-2.2, -2.2], True),
        ({"within": 0.15}, 2.0, [1.0, 4.0, 2.5], False),
        ({"within": 0.15, "or_seeds": True}, 2.0, [1.0, 4.0, 2.5], True),  # the spread explains it
        ({"within": 0.15, "or_seeds": True}, 2.0, [2.5, 2.5001, 2.4999], False),  # no spread, no excuse
        ({"within": 0.15, "or_seeds": True}, 2.0, [2.5], False),  # one seed has no spread
        ({"within_units": 0.3}, 2.9, [2.6, 2.7, 2.8], True),
        ({"within_units": 0.1}, 2.9, [2.6, 2.7, 2.8], False),
        ({"within_units": 0.1, "or_seeds": True}, 2.9, [2.6, 2.7, 2.8], True),
        ({"at_most": 2}, None, [2, 2, 2], True),
        ({"at_most": 2}, None, [1, 1, 3.5], False),  # mean below, end of the interval above
        ({"at_least": 0.9}, None, [0.95], True),
        ({"at_least": 0.9}, None, [0.95, 0.8, 0.99], False),
        ({"between": [0.8, 1.2]}, None, [1.2], True),
        ({"between": [0.8, 1.2]}, None, [1.21], False),
        ({"holds": 1.0}, None, [1.0, 1.0], True),
        ({"holds": 1.0}, None, [1.0, 0.0], False),
        ({"holds": 0.5}, None, [1.0, 0.0], True),
        ({"order": ["a", "b"]}, None, {"a": [1, 2, 3], "b": [2, 3, 4.1]}, True),  # paired: every seed agrees
        ({"order": ["a", "b"]}, None, {"a": [1, 2, 3], "b": [3, 1, 5]}, False),  # larger on average, not shown
        ({"order": ["b", "a"]}, None, {"a": [1], "b": [2]}, False),
        ({"trend": "increasing"}, None, {"0.1": [1, 1], "0.2": [2, 3], "0.4": [5, 4]}, True),
        ({"trend": "decreasing"}, None, {"0.1": [1, 1], "0.2": [2, 3], "0.4": [5, 4]}, False),
        ({"trend": "increasing"}, None, {"1": [1, 3], "2": [2, 2], "3": [3, 1]}, False),
        ({"trend": "increasing"}, None, {"1": [1], "2": [1], "3": [1]}, False),
    ],
)
def test_verdicts(rule, value, values, expected):
    judged = judge(rule, values, value)
    assert judged.verdict == ("reproduced" if expected else "not reproduced")
    assert judged.reason.startswith(f"Rule: {parse(rule).describe()}")


@pytest.mark.parametrize(
    ("rule", "value", "values", "expected"),
    [
        ({"within": 0.15}, 2.0, [2.5], "Rule: study's value within 15 %. Deviation: +25.0 %."),
        ({"within_units": 0.5}, 0.0, [0.25], "Rule: study's value within 0.5. Deviation: +0.25."),
        (
            {"within": 0.15, "or_seeds": True},
            2.0,
            [1.0, 4.0, 2.5],
            "Rule: study's value within 15 % or inside the 95 % prediction interval for one seed. "
            "Deviation: +25.0 %, but explained by the spread over seeds.",
        ),
        ({"at_most": 2}, None, [1], "Rule: at most 2."),
        ({"at_least": 1234}, None, [1], "Rule: at least 1,234."),
        ({"between": [0.5, 2]}, None, [1], "Rule: between 0.5 and 2."),
        (
            {"order": ["a", "b", "c"]},
            None,
            {"a": [1, 2], "b": [0, 1], "c": [0, 5]},
            "Rule: a < b < c. Not shown by the paired differences over seeds: a < b (reversed), b < c (undecided).",
        ),
        ({"order": ["a", "b"]}, None, {"a": [1], "b": [2]}, "Rule: a < b."),
        ({"trend": "decreasing"}, None, {"1": [3], "2": [1], "3": [2]}, "Rule: decreasing (rank correlation -0.50)."),
        ({"holds": 0.8}, None, [1, 0, 1], "Rule: holds for at least 80 % of the seeds. It holds for 2 of 3."),
    ],
)
def test_reasons(rule, value, values, expected):
    assert judge(rule, values, value).reason == expected


def test_arithmetic_is_the_study_s_own_matter():
    rule = parse({"arithmetic": True})
    assert rule.judge([1.0], None) == ("reproduced", "The study's own arithmetic agrees.")
    for values in ([1.0, 0.0], {"a": [1.0], "b": [0.0]}):
        assert rule.judge(values, None) == ("paper inconsistent", "The study's own arithmetic rules this out.")


def test_not_testable_says_why():
    rule = parse({"not_testable": "needs data that is gone"})
    assert rule.describe() == "none"
    assert rule.judge([], None) == ("not testable here", "needs data that is gone")


@pytest.mark.parametrize(
    ("rule", "values", "expected"),
    [
        ({"order": ["a", "b"]}, {"a": [1.0]}, "needs one list per name; got a"),
        ({"order": ["a", "b"]}, [1.0], "values without names"),
        ({"trend": "increasing"}, {"1": [1.0], "2": [2.0]}, "at least three"),
        ({"trend": "increasing"}, [1.0], "values without names"),
        ({"at_most": 2}, {"a": [1.0], "b": [1.0]}, "The rule at_most needs one number per seed; got values named a, b"),
        ({"within": 0.1}, {"a": [1.0]}, "The rule within needs one number per seed"),
        ({"holds": 0.1}, {"a": [1.0]}, "The rule holds needs one number per seed"),
    ],
)
def test_values_that_do_not_fit_are_refused(rule, values, expected):
    with pytest.raises(ClaimError, match=expected):
        judge(rule, values, 1.0)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=6), st.floats(-1e6, 1e6))
def test_at_most_and_at_least_never_both_hold_away_from_the_bound(values, bound):
    both = [judge({kind: bound}, values).verdict == "reproduced" for kind in ("at_most", "at_least")]
    assert not all(both) or np.allclose(values, bound, rtol=1e-6, atol=1e-6)


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=6), st.floats(-100, 100))
def test_bounds_are_those_of_scipy_s_interval(values, bound):
    assume(np.std(values) > 0)  # equal values have no interval in SciPy
    low, high = stats.t.interval(0.95, len(values) - 1, loc=np.mean(values), scale=stats.sem(values))
    assume(min(abs(low - bound), abs(high - bound)) > 1e-6)  # on the very bound rounding decides
    assert (judge({"at_most": bound}, values).verdict == "reproduced") == (high <= bound)
    assert (judge({"at_least": bound}, values).verdict == "reproduced") == (low >= bound)


def test_every_rule_has_a_key_a_schema_and_a_valid_example():
    assert VALID.keys() == RULES.keys()
    for key, argument in VALID.items():
        assert RULES[key].key == key
        assert not list(Draft202012Validator(schema()).iter_errors({key: argument}))
        assert isinstance(parse({key: argument}), RULES[key])
        assert parse({key: argument}).describe()


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
        {"holds": 1.1},
        {"arithmetic": False},
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
