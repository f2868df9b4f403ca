"""A unit's row in a table of units, by its identity."""

import pytest

from helpers import units
from helpers.pages import unit_table
from helpers.pages.unit_table import Column, UnitsError


@pytest.fixture
def path(tmp_path):
    identities = unit_table.identities("googlenet", {"mixed4b/5x5": 3, "conv2d0": 2})
    schema = {"gini": Column(meaning="the index", unit="images", missing="silent"), "dead": Column(meaning="whether")}
    values = {"gini": [0.5, None, 1.5, 2, 3], "dead": [False, True, False, False, False]}
    content = unit_table.table(identities, values, schema, page="study/01_a", about={})
    unit_table.write(tmp_path / "units.parquet", content)
    return tmp_path / "units.parquet"


def test_a_row_has_the_columns_that_have_a_value(path):
    found = units.row("googlenet/mixed4b/5x5/2", path)
    assert found.to_dict("index") == {
        "gini": {"value": 1.5, "unit": "images", "meaning": "the index", "page": "study/01_a"},
        "dead": {"value": False, "unit": "", "meaning": "whether", "page": "study/01_a"},
    }
    assert list(units.row("googlenet/mixed4b/5x5/1", str(path)).index) == ["dead"]


@pytest.mark.parametrize(
    ("unit", "sentence"),
    [
        ("googlenet/mixed4b/5x5/3", "the units of googlenet/mixed4b/5x5 there are 0 to 2."),
        ("googlenet/mixed4b_5x5/1", "the nearest names are googlenet/mixed4b/5x5"),
        ("googlenet/conv2d1/1", "the nearest names are googlenet/conv2d0"),
        ("", "a unit is network/layer/number."),
        ("5", "a unit is network/layer/number."),
        ("é\n/<b>", "a unit is network/layer/number."),
    ],
)
def test_an_unknown_unit_is_one_sentence(path, unit, sentence):
    with pytest.raises(UnitsError) as caught:
        units.row(unit, path)
    assert sentence in str(caught.value) and "\n" not in str(caught.value) and str(caught.value).endswith(".")


def test_what_is_no_table_is_one_sentence(tmp_path):
    (tmp_path / "broken.parquet").write_bytes(b"x")
    for name, sentence in (
        ("none.parquet", "There is no table"),
        (".", "There is no table"),
        ("broken.parquet", "is no"),
    ):
        with pytest.raises(UnitsError, match=sentence):
            units.row("a/b/0", tmp_path / name)
