"""The columns of the book's table by layer; the folders of networks beside the page."""

import base64
import json

import numpy as np
import pytest

from helpers.models.pretrained import load
from helpers.models.pretrained.weights import WeightsError
from helpers.pages import unit_table
from helpers.pages.unit_table import Column
from workflow.units import bound, classes, columns, making, networks
from workflow.units.layers import traced, unit_layers

SCHEMA = {
    "norm": Column(meaning="length", unit="pixels"),
    "norm_percentile": Column(meaning="share of a control below", missing="silent"),
    "border_score": Column(meaning="score", missing="not measured"),
    "flag": Column(meaning="whether"),
    "kind": Column(meaning="word", missing="none"),
}
NASTY = "</script>\u2028"


@pytest.fixture(scope="module")
def layers():
    loaded = load("googlenet", weights="embedded")
    return {layer.name: layer for layer in unit_layers(loaded, traced(loaded.network), 64)}


def table(layer):
    units = unit_table.identities("googlenet", {layer.identity: layer.units - 1})  # the last one is not measured
    count = layer.units - 1
    values = {
        "norm": np.arange(count) / 7,
        "norm_percentile": [None, *np.linspace(0, 1, count - 1)],
        "border_score": [np.nan] * count,
        "flag": [k % 2 == 0 for k in range(count)],
        "kind": [None, NASTY, *["plain"] * (count - 2)],
    }
    ours = unit_table.table(units, values, SCHEMA, page="s/01_p", about={})
    other = unit_table.identities("vgg16", {"conv1_1": 2})
    theirs = unit_table.table(other, {"mean": [1, 2]}, {"mean": Column(meaning="m")}, page="s/02_q", about={})
    return columns.of_network(unit_table.joined([ours, theirs]), "googlenet")


def test_columns_of_a_layer(layers):
    layer = layers["mixed4b_5x5"]
    rows = table(layer)
    described = {column["name"]: column for column in columns.described(rows)}
    assert list(described) == ["norm", "norm_percentile", "flag", "kind"]  # those with a value of this network
    assert described["norm"] == {
        "name": "norm",
        "meaning": "length",
        "unit": "pixels",
        "type": "number",
        "page": "s/01_p",
        "percentile": "norm_percentile",
    }
    assert described["norm_percentile"]["meaning"] == "share of a control below; no value: silent"
    assert [described[name]["type"] for name in ("flag", "kind")] == ["truth", "text"]
    found = columns.Columns(rows).of(layer)
    np.testing.assert_allclose(decoded(found["norm"], "f4"), [*np.arange(layer.units - 1) / 7, np.nan], rtol=1e-6)
    assert decoded(found["flag"], "f4")[:3].tolist() == [1, 0, 1]
    codes = decoded(found["kind"]["codes"], "u2").tolist()
    assert found["kind"]["texts"] == [NASTY, "plain"] and codes == [65535, 0, *[1] * (layer.units - 3), 65535]
    assert columns.Columns(rows).of(layers["conv2d0"]) == {} == columns.Columns(None).of(layer)
    texts = columns.Columns(rows).texts(list(layers.values()))["kind"]
    assert decoded(texts["codes"], "u2")[layer.first + 1] == 0
    assert len(decoded(texts["codes"], "u2")) == sum(each.units for each in layers.values())


def test_the_percentile_of_a_column():
    names = ["shift_distance", "shift_percentile", "score_rows", "score_columns", "score_percentile", "norm"]
    assert columns.percentile_of("shift_distance", names) == "shift_percentile"
    assert columns.percentile_of("score_rows", names) is None  # which of the two it is of is not known
    assert columns.percentile_of("norm", [*names, "norm_percentile", "norm_x"]) == "norm_percentile"


def test_a_network_that_is_not_here_has_an_empty_folder(tmp_path, monkeypatch):
    def absent(name):
        raise WeightsError("There are no weights.")

    monkeypatch.setattr(making, "load", absent)
    for make in (making.look, making.climb):
        make("squeezenet1_1", tmp_path / making.STAGES, scale="smoke", device="cpu")
    given = dict(build=tmp_path, like="", scale="smoke", device="cpu", thumbnails="no")
    networks.write("squeezenet1_1", tmp_path / bound.FOLDERS / "squeezenet1_1", **given)
    bound.bind(tmp_path / bound.FOLDERS, tmp_path / "data")
    assert [path.name for path in (tmp_path / "data").iterdir()] == [bound.LIST]


def decoded(text, kind):
    return np.frombuffer(base64.b64decode(text), f"<{kind}")


def test_classes_are_called_by_words():
    assert classes.called("n02106662") == "German shepherd" and classes.called(NASTY) == NASTY


def test_folders_of_networks_are_bound(tmp_path):
    source, target = tmp_path / "unit_data", tmp_path / "html" / "units" / "data"
    bound.bind(source, target)
    assert not target.exists()  # a book without this explorer
    for name in ("vgg16", "googlenet", "absent"):
        (source / name).mkdir(parents=True)
    for name in ("vgg16", "googlenet"):
        (source / name / bound.NETWORK).write_text(json.dumps({"id": name, "title": NASTY}))
        (source / name / "0.js").write_text(name)
        (source / name / ".snakemake_timestamp").touch()
    bound.bind(source, target)
    begin = "window.unitsData("
    text = (target / bound.LIST).read_text("utf-8")
    assert [network["id"] for network in json.loads(f"[{text[len(begin) : -3]}]")[1]] == ["googlenet", "vgg16"]
    assert sorted(str(path.relative_to(target)) for path in target.rglob("*") if path.is_file()) == [
        *("googlenet/0.js", "networks.js", "vgg16/0.js"),
    ]
    (source / "vgg16" / "0.js").rename(source / "vgg16" / "1.js")
    (source / "googlenet" / bound.NETWORK).unlink()
    bound.bind(source, target)
    assert sorted(path.name for path in target.rglob("*")) == ["1.js", "networks.js", "vgg16"]
