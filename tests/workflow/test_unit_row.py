"""`make row`: a unit's row in a terminal, from the book's table and those of explorers of own networks."""

import sys

import pytest

from helpers.pages import unit_table
from helpers.pages.unit_table import Column
from workflow import unit_row

NASTY = "a\x1b[31m\nb"


def write(path, network):
    schema = {
        "share": Column(meaning="how often"),
        "dead": Column(meaning="whether"),
        "kind": Column(meaning="word", unit="x"),
    }
    values = {"share": [1 / 3], "dead": [True], "kind": [NASTY]}
    units = unit_table.identities(network, {"conv1": 1})
    unit_table.write(path, unit_table.table(units, values, schema, page="units", about={}))


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    def called(unit):
        monkeypatch.setattr(sys, "argv", ["unit_row", f"--unit={unit}", "--build", str(tmp_path)])
        code = unit_row.main()
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return called


def test_the_row_of_every_table_that_has_the_unit(tmp_path, run):
    write(tmp_path / "html/units.parquet", "vgg16")
    write(tmp_path / "units/own/units.parquet", "own")
    write(tmp_path / "units/.own-whole/units.parquet", "own")
    code, out, _ = run("own/conv1/0")
    lines = out.splitlines()
    assert code == 0 and lines[0].startswith("own/conv1/0 in ") and len(lines) == 4
    assert lines[1:3] == ["share = 0.333333: how often", "dead = yes: whether"]
    assert lines[3].startswith("kind = ") and lines[3].endswith(" x: word") and "\x1b" not in out
    assert run("vgg16/conv1/0")[1].startswith(f"vgg16/conv1/0 in {tmp_path}/html/")


def test_what_cannot_be_shown_is_one_sentence(tmp_path, run):
    assert "There is no table of units in" in run("a/b/0")[2]
    write(tmp_path / "html/units.parquet", "vgg16")
    for unit, sentence in (
        ("vgg16/conv1/1", "the units of vgg16/conv1 there are 0 to 0."),
        ("vgg16/conv2/1", "the nearest names are vgg16/conv1."),
        (" ", "Which unit? For instance: make row UNIT="),
    ):
        code, out, error = run(unit)
        assert code == 1 and not out and sentence in error and error.strip().count("\n") == 0
