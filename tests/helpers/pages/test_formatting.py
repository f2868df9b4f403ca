"""Numbers as a reader wants them."""

import pytest

from helpers.pages.formatting import number, span


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.123456, "0.1235"),
        (1234.56, "1235"),
        (1e-7, "1e-07"),
        (2.0, "2"),
        (1234567, "1,234,567"),
        (True, "True"),
        ("a", "a"),
        ([0.5, 1000], "0.5, 1,000"),
    ],
)
def test_number(value, expected):
    assert number(value) == expected


def test_span():
    assert span(2.05, 1.93, 2.17) == "2.05 [1.93, 2.17]"
    assert span(2.05, None, None) == "2.05"
    assert span(None, None, None) == "not a number"
