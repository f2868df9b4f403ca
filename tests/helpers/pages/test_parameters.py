"""Every refused parameter gives one sentence that names it and what is allowed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.pages.parameters import Choice, Integer, Number, ParameterError, String, assigned, check

KINDS = {"noise_std": Number(0.05, 10), "seeds": Integer(1, 100), "scale": Choice(["smoke", "laptop"])}
GOOD = {"noise_std": 1, "seeds": 5, "scale": "laptop"}


def test_good_values_come_back_with_their_types():
    assert check(KINDS, GOOD) == {"noise_std": 1.0, "seeds": 5, "scale": "laptop"}
    assert isinstance(check(KINDS, GOOD)["noise_std"], float)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("noise_std", -1, "noise_std is -1; allowed is a number from 0.05 to 10"),
        ("noise_std", "much", "noise_std is the text 'much'; allowed is a number"),
        ("noise_std", "1.5", "noise_std is the text '1.5'; allowed is a number"),
        ("noise_std", float("nan"), "noise_std is nan; allowed is a number"),
        ("noise_std", float("inf"), "noise_std is inf"),
        ("noise_std", True, "noise_std is True"),
        ("seeds", 2.5, "seeds is 2.5; allowed is a whole number from 1 to 100"),
        ("seeds", 0, "seeds is 0"),
        ("seeds", None, "seeds is None"),
        ("scale", "labtop", "one of smoke, laptop (did you mean laptop?)"),
        ("scale", 3, "scale is 3; allowed is one of"),
    ],
)
def test_a_bad_value_is_refused_in_one_sentence(name, value, expected):
    with pytest.raises(ParameterError) as error:
        check(KINDS, GOOD | {name: value})
    assert expected in str(error.value)
    assert "\n" not in str(error.value)
    assert error.value._render_traceback_() == [f"ParameterError: {error.value}"]


def test_unknown_name_suggests_the_nearest():
    with pytest.raises(ParameterError, match="no parameter noise_sdt; did you mean noise_std"):
        check(KINDS, GOOD, injected=["noise_sdt"])


def test_missing_name():
    with pytest.raises(ParameterError, match="seeds is not set"):
        check(KINDS, {"noise_std": 1.0, "scale": "smoke"})


def test_text_and_choices_of_other_types():
    assert String().check("table", "x") == "x"
    with pytest.raises(ParameterError):
        String().check("table", 1)
    assert Choice([True, False]).check("long", False) is False
    with pytest.raises(ParameterError):
        Choice([True, False]).check("long", 0)


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_number_accepts_exactly_its_interval(value):
    inside = -2 <= value <= 3
    try:
        assert Number(-2, 3).check("x", value) == value
        assert inside
    except ParameterError:
        assert not inside


def test_assigned_reads_literals_only():
    source = 'scale = "laptop"  # text\nnoise: float = 1.0\nn = -3\nlater = scale\nx[0] = 1\ny: int'
    assert assigned(source) == {"scale": "laptop", "noise": 1.0, "n": -3, "later": None, "y": None}
