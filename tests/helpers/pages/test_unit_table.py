"""The table of units: what comes back from its files, what is refused, and how the tables of pages become one."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.pages import unit_schema, unit_table
from helpers.pages.unit_table import Column, UnitsError, identities

SCHEMA = {
    "gini": Column(meaning="Gini index", missing="the unit is silent"),
    "degree": Column(meaning="degree", infinite="all classes alike"),
    "images": Column(meaning="images that excite it", unit="images"),
    "class": Column(meaning="its class", missing="the unit is silent"),
    "on": Column(meaning="whether it responds"),
}
ABOUT = {"scale": "smoke", "weights": [{"name": "vgg16", "sha256": "0" * 64}]}
UNITS = identities("vgg16", {"conv1_1": 2, "conv1_2": 1})


def table(values, units=UNITS, page="study/01_a"):
    return unit_table.table(units, values, SCHEMA, page=page, about=ABOUT)


def test_a_unit_has_one_identity():
    assert identities("googlenet", {"mixed4b/5x5": 24})["unit"][23] == "googlenet/mixed4b/5x5/23"
    assert UNITS["unit"] == ["vgg16/conv1_1/0", "vgg16/conv1_1/1", "vgg16/conv1_2/0"]


def test_a_file_holds_the_values_and_says_what_they_mean(tmp_path):
    values = {
        "gini": torch.tensor([0.5, torch.nan, 0.25], requires_grad=True),
        "degree": np.array([1.0, np.inf, 0.0]),
        "images": torch.tensor([3, 0, 7]),
        "class": ["cat", None, "dog"],
        "on": torch.tensor([True, False, True]),
    }
    path = tmp_path / "units.parquet"
    unit_table.write(path, table(values))
    found = unit_table.read(path)
    assert found.to_pydict() == UNITS | {
        "gini": [0.5, None, 0.25],
        "degree": [1.0, np.inf, 0.0],
        "images": [3, 0, 7],
        "class": ["cat", None, "dog"],
        "on": [True, False, True],
    }
    described = unit_table.described(found)
    assert described["images"] == {
        "type": "int64",
        "unit": "images",
        "meaning": "images that excite it",
        "missing": "",
        "infinite": "",
        "page": "study/01_a",
    }
    assert described["gini"]["type"] == "float" and "page" not in described["unit"]
    assert unit_table.pages(found) == {"study/01_a": ABOUT}
    assert pd.read_parquet(path)["images"].tolist() == [3, 0, 7]
    unit_table.write(path, None)
    assert not path.exists()


def test_a_data_frame_is_as_good_as_a_mapping():
    frame = pd.DataFrame({"images": [3, 0, 7], "class": ["cat", None, "dog"], "gini": [0.5, float("nan"), 0.0]})
    assert table(frame).equals(table({name: frame[name].tolist() for name in frame}))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(st.none(), st.floats(allow_infinity=False)), min_size=3, max_size=3))
def test_any_finite_numbers_come_back(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("units") / "units.parquet"
    unit_table.write(path, table({"gini": np.array(values, dtype=float)}))
    expected = [None if each is None or each != each else each for each in values]
    assert unit_table.read(path)["gini"].to_pylist() == expected


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"ginny": [1.0, 2.0, 3.0]}, "no column 'ginny'.*known are gini, degree"),
        ({"unit": ["a", "b", "c"]}, "no column 'unit' for measurements"),
        ({"gini": [1.0, 2.0]}, r"gini has the shape \(2,\); the table has 3 units"),
        ({"gini": np.ones((3, 1))}, r"the shape \(3, 1\)"),
        ({"degree": [1.0, np.nan, 2.0]}, "degree has no value for 1 of 3 units"),
        ({"gini": [1.0, -np.inf, 2.0]}, "gini is infinite for 1 of 3 units"),
        ({"class": ["cat", 3, None]}, "class is of no single kind of values"),
        ({"images": [1j, 2j, 3j]}, "images is of no single kind of values"),
    ],
)  # fmt: skip
def test_what_is_no_column_is_one_sentence(values, said):
    with pytest.raises(UnitsError, match=said):
        table(values)


def test_a_unit_has_one_row():
    twice = {name: column + column[:1] for name, column in UNITS.items()}
    with pytest.raises(UnitsError, match="vgg16/conv1_1/0 stands twice"):
        table({"on": [True] * 4}, units=twice)


def test_tables_are_joined_on_the_unit():
    other = identities("googlenet", {"conv2d0": 1})
    both = {name: UNITS[name][1:2] + other[name] for name in UNITS}
    joined = unit_table.joined([table({"gini": [0.1, 0.2, 0.3]}), table({"images": [5, 6]}, both, "study/02_b")])
    assert joined["unit"].to_pylist() == [*UNITS["unit"], "googlenet/conv2d0/0"]
    assert joined["number"].to_pylist() == [0, 1, 0, 0]
    assert joined["gini"].to_pylist() == [0.1, 0.2, 0.3, None]
    assert joined["images"].to_pylist() == [None, 5, None, 6]
    assert unit_table.described(joined)["images"]["page"] == "study/02_b"
    assert list(unit_table.pages(joined)) == ["study/01_a", "study/02_b"]


def test_a_column_has_one_writer():
    with pytest.raises(UnitsError, match=r"gini of the table of units is written by study/01_a and by study/02_b"):
        unit_table.joined([table({"gini": [0.1] * 3}), table({"gini": [0.1] * 3}, page="study/02_b")])
    with pytest.raises(UnitsError, match="No page"):
        unit_table.joined([])


@pytest.mark.parametrize("content", [b"", b"PAR1" + bytes(40) + b"PAR1", None])
def test_a_damaged_file_is_one_sentence(tmp_path, content):
    path = tmp_path / "units.parquet"
    if content is None:
        pd.DataFrame({"a": [1]}).to_parquet(path)  # a table, but of something else
    else:
        path.write_bytes(content)
    with pytest.raises(UnitsError, match=r"units\.parquet is no table of units \("):
        unit_table.read(path)


def test_the_schema_for_readers_is_that_of_the_file():
    content = table({"images": [1, 2, 3], "class": ["<a>", None, "b"]})
    schema = unit_schema.as_json(content)
    assert [column["name"] for column in schema["columns"]] == content.column_names
    assert json.loads(json.dumps(schema)) == schema
    shown = unit_schema.folded(content)
    assert "3 units; of this page: images, class" in shown
    assert "its class; no value: the unit is silent" in shown and shown.count("<tr>") == 3
    assert "study/01_a.html" not in shown
    assert '<a href="study/01_a.html">study, 1</a>' in unit_schema.as_html(content, ["class"], pages=True)
