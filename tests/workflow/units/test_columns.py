"""The columns of the book's table by layer; the folders of networks beside the page."""

import base64
import json
import re

import numpy as np
import pytest
import torch

from helpers.models.pretrained import load
from helpers.models.pretrained.weights import WeightsError
from helpers.pages import unit_table
from helpers.pages.repository import REPOSITORY
from helpers.pages.unit_table import Column
from workflow.units import bound, classes, columns, distributions, making, measured, networks
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


def pages(layer):
    """The joined table of two pages, of which one measured all units of a layer but the last."""
    units = unit_table.identities("googlenet", {layer.identity: layer.units - 1})
    count = layer.units - 1
    values = {
        "norm": np.arange(count) / 7,
        "norm_percentile": [None, *np.linspace(0, 1, count - 1)],
        "border_score": [np.nan] * count,
        "flag": [k % 2 == 0 for k in range(count)],
        "kind": [None, NASTY, "n01443537", *["plain"] * (count - 3)],
    }
    ours = unit_table.table(units, values, SCHEMA, page="s/01_p", about={})
    other = unit_table.identities("vgg16", {"conv1_1": 2})
    theirs = unit_table.table(other, {"mean": [1, 2]}, {"mean": Column(meaning="m")}, page="s/02_q", about={})
    return unit_table.joined([ours, theirs])


def of_explorer(layers):
    """What the explorer measured: a response to each of eleven images, which grows from unit to unit."""
    values = []
    for layer in layers:
        response = torch.arange(layer.units * 11.0).reshape(layer.units, 11)
        found = distributions.distribution(response, response)
        likeness, kernel = torch.full((layer.units, 5), 0.5), torch.ones(layer.units, 2, 3, 3)
        values.append(measured.of_layer(found, likeness, kernel, torch.arange(layer.units) == 1))
    return measured.table("googlenet", layers, values, {"images": "eleven"})


def test_columns_of_a_layer(layers):
    layer, every = layers["mixed4b_5x5"], list(layers.values())
    rows = columns.of_network(of_explorer(every), pages(layer))
    described = {column["name"]: column for column in columns.described(rows)}
    own = unit_table.measured(of_explorer(every))
    assert list(described) == [*own, "norm", "norm_percentile", "flag", "kind"]  # those with a value of this network
    assert described["norm"] == {
        "name": "norm",
        "meaning": "length",
        "unit": "pixels",
        "type": "number",
        "page": "s/01_p",
        "percentile": "norm_percentile",
        "percentileOf": "share of a control below",
    }
    assert described["norm_percentile"]["meaning"] == "share of a control below; no value: silent"
    assert described["flag"]["percentile"] is described["flag"]["percentileOf"] is None
    assert [described[name]["type"] for name in ("flag", "kind")] == ["truth", "text"]
    found = columns.Columns(rows).of(layer)
    np.testing.assert_allclose(decoded(found["norm"], "f4"), [*np.arange(layer.units - 1) / 7, np.nan], rtol=1e-6)
    assert decoded(found["flag"], "f4")[:3].tolist() == [1, 0, 1]
    codes = decoded(found["kind"]["codes"], "u2").tolist()
    assert found["kind"]["texts"] == [NASTY, "goldfish (n01443537)", "plain"], "a synset is told in words"
    assert codes == [65535, 0, 1, *[2] * (layer.units - 4), 65535]
    assert list(columns.Columns(rows).of(layers["conv2d0"])) == own
    texts = columns.Columns(rows).texts(every)["kind"]
    assert decoded(texts["codes"], "u2")[layer.first + 1] == 0
    assert len(decoded(texts["codes"], "u2")) == sum(each.units for each in every)


def test_what_the_explorer_measures_of_every_unit(layers):
    rows = columns.of_network(of_explorer([layers["conv2d0"]]), None)
    described = {column["name"]: column for column in columns.described(rows)}
    assert all(column["meaning"] and column["page"] is None for column in described.values())
    assert {name for name, column in described.items() if column["type"] == "truth"} == {"dead", "has_optimised_image"}
    first = {name: values[0] for name, values in rows.to_pydict().items()}
    assert first["unit"] == "googlenet/conv2d0/0" and not first["dead"] and not first["has_optimised_image"]
    at = ("smallest_activation", "activation_10_percent", "median_activation", "activation_90_percent")
    assert [first[name] for name in at] == [0, 1, 5, 9] and first["largest_activation"] == 10
    assert first["active_share"] == pytest.approx(10 / 11) and first["likeness_of_nearest"] == 0.5
    assert first["length_of_weights"] == pytest.approx(18**0.5) and rows["has_optimised_image"].to_pylist()[1]


def test_no_page_measures_what_the_explorer_measures():
    """A column has one writer; a build would end where two have one."""
    sources = [path.read_text("utf-8") for path in (REPOSITORY / "helpers/studies").rglob("*.py")]
    of_pages = {name for text in sources for name in re.findall(r'"(\w+)": (?:unit_table\.)?Column\(', text)}
    assert "weight_norm" in of_pages and "gini" in of_pages
    own = set(measured.COLUMNS)
    assert not own & of_pages
    assert not [name for name in own if columns.percentile_of(name, [*own, *of_pages])]


def test_a_network_that_overflows_has_columns_too(layers):
    layer = layers["conv2d0"]
    response = torch.ones(layer.units, 3)
    response[0], response[1] = torch.nan, torch.inf
    kernel = torch.full((layer.units, 1, 1, 1), torch.inf)
    likeness, none = torch.full((layer.units, 5), torch.nan), torch.zeros(layer.units, dtype=torch.bool)
    values = measured.of_layer(distributions.distribution(response, response), likeness, kernel, none)
    rows = measured.table("googlenet", [layer], [values], {})
    assert rows["largest_activation"].to_pylist()[:3] == [None, np.inf, 1]
    assert rows["likeness_of_nearest"].null_count == layer.units


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


def test_the_title_says_which_network_it_is():
    assert networks.title("vgg16", load("vgg16", weights="random")) == "VGG16"
    for name in ("vgg16", "googlenet"):
        for called in (name, f"narrow_{name}"):
            assert networks.title(called, load(name, weights="embedded")).startswith("Narrow ")


@pytest.mark.parametrize("name", making.NARROW)
def test_narrow_networks_stand_beside_those_trained_on_photographs(name, monkeypatch):
    def with_photographs(name, weights=None):
        return load(name, weights=weights or "random")  # any but those that come with the package

    monkeypatch.setattr(making, "load", with_photographs)
    here = making.found(name)
    assert here.loaded.name == name, "its units have names of their own in tables"
    assert load(here.model).weights.sha256 == here.loaded.weights.sha256
    monkeypatch.setattr(making, "load", lambda name: load(name, weights="embedded"))
    assert making.found(name) is None, "it stands under the other's name"
    assert making.found(making.NARROW[name]).loaded.weights.source == "embedded"


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
    (source / "vgg16" / "units.parquet").write_text("together with those of others")
    bound.bind(source, target, repository="https://github.com/a/b")
    begin = "window.unitsData("
    text = (target / bound.LIST).read_text("utf-8")
    listed = json.loads(f"[{text[len(begin) : -3]}]")[1]
    assert [network["id"] for network in listed] == ["googlenet", "vgg16"]
    assert {network["repository"] for network in listed} == {"https://github.com/a/b"}
    assert sorted(str(path.relative_to(target)) for path in target.rglob("*") if path.is_file()) == [
        *("googlenet/0.js", "networks.js", "vgg16/0.js"),
    ]
    (source / "vgg16" / "0.js").rename(source / "vgg16" / "1.js")
    (source / "googlenet" / bound.NETWORK).unlink()
    bound.bind(source, target)
    assert sorted(path.name for path in target.rglob("*")) == ["1.js", "networks.js", "vgg16"]
