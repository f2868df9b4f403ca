"""The table of units of the whole book: the pages' files become one, and what is missing or stale is named."""

import io
import json

import pytest
from pyarrow import parquet

from helpers.pages import unit_table
from helpers.pages.unit_table import Column, UnitsError
from workflow import unit_files

UNITS = unit_table.identities("vgg16", {"conv1_1": 2})


@pytest.fixture
def written(tmp_path):
    """Two pages that have written a column each, and one that has none; their results, and the folder."""
    found = [{"page": "study/03_c"}]
    for page, name in (("study/01_a", "gini"), ("study/02_b", "auc")):
        schema = {name: Column(meaning=f"the {name}")}
        content = unit_table.table(UNITS, {name: [0.25, 0.5]}, schema, page=page, about={"scale": "smoke"})
        unit_table.write(tmp_path / page / unit_table.FILE, content)
        found.append({"page": page, "unit_columns": [name]})
    return found, tmp_path


def test_what_readers_download(written):
    joined = unit_files.joined(*written)
    files = unit_files.files(joined)
    assert tuple(files) == unit_files.FILES
    table = parquet.read_table(io.BytesIO(files["units.parquet"]))
    assert table.to_pydict() == UNITS | {"gini": [0.25, 0.5], "auc": [0.25, 0.5]}
    schema = json.loads(files["units.schema.json"])
    assert [column["name"] for column in schema["columns"]] == table.column_names
    assert schema["pages"] == {"study/01_a": {"scale": "smoke"}, "study/02_b": {"scale": "smoke"}}
    section = unit_files.section(joined)
    assert "2 units" in section and all(f'href="{name}"' in section for name in files)
    assert "the gini" in section and "the auc" in section


def test_what_the_explorer_measured_of_all_networks_is_in_the_table(written):
    found, folder = written
    (folder / "study").rename(folder / "results_of_study")
    (folder / "results").mkdir()
    (folder / "results_of_study").rename(folder / "results/study")
    for name, missing in (("vgg16", ""), ("alexnet", "it is silent")):
        values = {"dead": [True, None if missing else False]}
        schema = {"dead": Column(meaning="whether", missing=missing)}
        units = unit_table.identities(name, {"conv1_1": 2})
        content = unit_table.table(units, values, schema, page="units", about={name: {"images": name}})
        unit_table.write(folder / "unit_data" / name / unit_table.FILE, content)
    (folder / "unit_data/absent").mkdir()  # a network that is not here
    table = unit_files.of_book(found, folder)
    assert table["unit"].to_pylist() == [f"{name}/conv1_1/{k}" for name in ("vgg16", "alexnet") for k in (0, 1)]
    assert table["gini"].to_pylist() == [0.25, 0.5, None, None]
    assert table["dead"].to_pylist() == [True, False, True, None]
    assert unit_table.pages(table)["units"] == {name: {"images": name} for name in ("alexnet", "vgg16")}
    assert "4 units" in unit_files.section(table)
    assert unit_files.of_book([], folder)["unit"].to_pylist()[0] == "alexnet/conv1_1/0"  # no page measured units
    assert unit_files.of_book([], folder / "results") is None


def test_no_page_with_units_makes_no_files(tmp_path):
    assert unit_files.joined([{"page": "study/01_a", "unit_columns": []}], tmp_path) is None
    assert unit_files.files(None) == {} and unit_files.section(None) == ""


def test_a_table_that_is_not_of_its_run(written):
    found, folder = written
    found[1]["unit_columns"] = ["gini", "more"]
    with pytest.raises(UnitsError, match=r"01_a/units\.parquet has other columns than its page"):
        unit_files.joined(found, folder)
    (folder / "study/01_a" / unit_table.FILE).unlink()
    with pytest.raises(UnitsError, match=r"01_a/units\.parquet is no table of units"):
        unit_files.joined(found, folder)
