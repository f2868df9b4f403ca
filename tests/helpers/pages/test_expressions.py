"""Expressions over printed values: what they can say, and what they refuse."""

import math

import pytest

from helpers.pages.expressions import ExpressionError, names, value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a < b", True),
        ("a ** 2 + b // 2 - b % 2 == 2", True),
        ("abs(a - 1/3) < 0.7 and not a > b", True),
        ("a < b < c[1]", True),
        ("sum(c) == 7 and len(c) == 2 and max(c) == 4 and min([a, b]) == a", True),
        ("round(sqrt(c[1]) * exp(log(b)))", 4),
        ("where == 'figure 4.6'", False),
        ("pi", math.pi),
    ],
)
def test_values(text, expected):
    assert value(text, {"a": 1, "b": 2, "c": [3, 4], "where": "figure 4.7"}) == pytest.approx(expected)


def test_names_are_those_that_must_be_given():
    assert names("abs(l1 - l2) < sqrt(noise)") == {"l1", "l2", "noise"}


@pytest.mark.parametrize("text", ["a <", "a; b", "lambda: 1", "{{ a }}", "a }} b", "[x for x in c]"])
def test_what_is_no_expression(text):
    with pytest.raises(ExpressionError, match="is no expression"):
        names(text)


@pytest.mark.parametrize("text", ["b + 1", "a / 0", "a + 'x'", "().__class__.__bases__", "sqrt(-a)", "c[7] < 1"])
def test_what_has_no_value(text):
    with pytest.raises(ExpressionError, match="has no value"):
        value(text, {"a": 1, "c": [1]})
