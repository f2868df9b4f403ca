"""The explorer of a reader's own network: what is in the folder, and one sentence for what cannot be had."""

import base64
import json
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from helpers.data.images import open_images
from helpers.models.pretrained import load
from helpers.pages import unit_table
from workflow.units import looking, own

NETWORK = '''
import torch
from torch import nn
from torch.nn import functional


class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = nn.Conv2d(3, 6, 3, padding=1), nn.Conv2d(6, 4, 1), nn.Conv2d(4, 3, 5, padding=2)
        torch.manual_seed(1)
        for each in (self.a, self.b, self.c):
            nn.init.normal_(each.weight)
        nn.init.constant_(self.a.bias, 0.0)
        self.a.bias.data[2] = -1e3  # a dead unit

    def forward(self, x):
        x = functional.relu(self.b(functional.relu(self.a(x))))
        return self.c(functional.max_pool2d(x, 2)).mean((2, 3))


def dense():
    return nn.Sequential(nn.Flatten(), nn.Linear(3072, 2))
'''  # fmt: skip
CLASS = "<b>& 'cats'\u2028"
NAMES = ["</script><script>window.broken = 1<\\script>.png".replace("/", ":"), "é 😀.png", "plain.png", "-rf.png"]


@pytest.fixture
def described(tmp_path):
    """The path of a file that describes a network of the source above."""

    def write(network="Small", name="own.json"):
        (tmp_path / "own.py").write_text(NETWORK)
        statistics = {"size": 32, "mean": [0.5] * 3, "std": [0.5] * 3}
        (tmp_path / name).write_text(json.dumps({"model": f"own.py:{network}", "preprocessing": statistics}))
        return str(tmp_path / name)

    return write


@pytest.fixture
def photos(tmp_path):
    """Twelve photographs, one of which cannot be read."""
    random = np.random.default_rng(0)
    for folder, names in ((CLASS, NAMES), ("dog", [f"{k}.png" for k in range(8)])):
        (tmp_path / "photos" / folder).mkdir(parents=True)
        for name in names:
            picture = Image.fromarray(random.integers(0, 255, (40, 36, 3), dtype=np.uint8))
            picture.save(tmp_path / "photos" / folder / name)
    (tmp_path / "photos/dog/3.png").write_bytes(b"no image")
    return str(tmp_path / "photos")


@pytest.fixture(autouse=True)
def program(tmp_path, monkeypatch):
    """What stands for the page and its programs."""
    folder = tmp_path / "program"
    folder.mkdir()
    (folder / own.PAGE).write_text("<title>Units</title>")
    (folder / "start.js").write_text('"use strict";')
    monkeypatch.setattr(own, "PROGRAM", folder)
    monkeypatch.delenv("HELPERS_ASSETS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def script(path):
    """The key and the value that a script hands over."""
    begin, text = "window.unitsData(", path.read_text("utf-8")
    assert text.startswith(begin) and text.endswith(");\n")
    assert not set(text) & {"<", ">", "&", "\u2028", "\u2029"}
    return json.loads(f"[{text[len(begin) : -3]}]")


def numbers(text, kind, columns=None):
    found = np.frombuffer(base64.b64decode(text), f"<{kind}")
    return found if columns is None else found.reshape(-1, columns)


def run(capsys, *arguments):
    """The exit code, and what is printed."""
    before = sys.argv
    sys.argv = ["own", *arguments]
    try:
        code = own.main()
    finally:
        sys.argv = before
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_a_whole_explorer(tmp_path, described, photos, capsys):
    model, build = described(), tmp_path / "build"
    given = ("--model", model, "--images", photos, "--scale", "smoke", "--device", "cpu", "--build", str(build))
    code, out, _ = run(capsys, *given)
    assert code == 0 and "1 images could not be read: dog/3.png (" in out
    (folder,) = [path for path in (build / "units").iterdir() if not path.name.startswith(".")]
    assert (folder / "index.html").is_file() and (folder / "units/start.js").is_file()
    data = folder / "units/data"
    key, (network,) = script(data / "networks.js")
    assert key == "networks" and network["title"] == model and not network["published"]
    assert [(layer["name"], layer["units"], layer["kernel"]) for layer in network["layers"]] == [
        *(("a", 6, [3, 3]), ("b", 4, [1, 1]), ("c", 3, [5, 5])),
    ]
    assert "11 images of photos" in network["images"] and "1 more could not be read" in network["images"]
    assert any("c: responses are those of the convolution itself" in note for note in network["notes"])
    _, images = script(data / network["id"] / "images.js")
    assert [name.split("/", 1)[1] for name in images["names"][:4]] == sorted(NAMES, key=str)[:4] or len(NAMES) == 4
    assert images["classes"][0] == CLASS.replace("\u2028", "\\u2028") and len(images["names"]) == 11
    check_numbers(data / network["id"], model, photos, images)
    check_columns(folder, network)
    check_pictures(folder / "units", script(data / network["id"] / "0.js")[1]["sheets"])
    check_kept(folder, capsys, given)


def check_numbers(data, model, photos, images):
    """Responses are those of a loop over single images; the dead unit is dead and like no other."""
    loaded = load(model)
    _, layer = script(data / "0.js")
    response, names = [], []
    for batch in open_images(photos, size=32).batches(1, progress=False):
        names += batch.names
        response.append(loaded.network.a(loaded.preprocessing(batch.x)).amax((2, 3)).clamp(min=0)[0])
    response = torch.stack(response, 1)
    assert names == images["names"]
    top = numbers(layer["top"]["values"], "f4", 9)
    np.testing.assert_allclose(top, response.sort(1, descending=True).values[:, :9], rtol=1e-5)
    live = [unit for unit in range(6) if unit != 2]
    assert numbers(layer["top"]["names"], "u4", 9)[live, 0].tolist() == response.argmax(1)[live].tolist()
    assert numbers(layer["active"], "f4").tolist() == pytest.approx((response > 0).float().mean(1).tolist())
    near = numbers(layer["nearest"]["response"]["ids"], "u4", 5)
    assert (near[2] == 0xFFFFFFFF).all() and not (near == 2).any()
    edges = numbers(layer["histogram"]["edges"], "f4", 25)
    np.testing.assert_allclose(edges[:, [0, -1]], np.stack([response.amin(1), response.amax(1)], 1), rtol=1e-5)
    kernels = script(data / "2.js")[1]["sheets"]["kernels"]
    strength = loaded.network.c.weight.abs().sum((2, 3))
    channels = numbers(kernels["channels"], "u4", 4)
    assert channels.tolist() == strength.argsort(dim=1, descending=True).tolist()
    assert numbers(kernels["units"], "u4", 4).tolist() == (channels + 6).tolist()  # those of b
    fed = numbers(script(data / "1.js")[1]["fed"]["ids"], "u4", 6)
    assert sorted(fed[0].tolist()) == list(range(6)) and script(data / "0.js")[1]["fed"] is None


def check_columns(folder, network):
    """Units can be sorted and filtered, and their table lies beside the page, with the names that the page gives."""
    table = unit_table.read(folder / network["table"])
    columns = {column["name"]: column for column in network["columns"]}
    assert list(columns) == unit_table.measured(table) and all(column["meaning"] for column in columns.values())
    identities = [f"{network['identity']}/{layer['identity']}" for layer in network["layers"]]
    sizes = [layer["units"] for layer in network["layers"]]
    wanted = [f"{name}/{unit}" for name, units in zip(identities, sizes, strict=True) for unit in range(units)]
    assert table["unit"].to_pylist() == wanted
    assert [unit for unit, dead in zip(wanted, table["dead"].to_pylist(), strict=True) if dead] == [wanted[2]]
    assert table["likeness_of_nearest"].to_pylist()[2] is None
    for key, first in (("0", 0), ("1", 6), ("2", 10)):
        _, layer = script(folder / "units/data" / network["id"] / f"{key}.js")
        units = sizes[int(key)]
        for name in columns:
            shown = numbers(layer["columns"][name], "f4").tolist()
            own = [
                np.nan if value is None else float(value) for value in table[name].to_pylist()[first : first + units]
            ]
            assert shown == pytest.approx(own, nan_ok=True)
        top = numbers(layer["top"]["values"], "f4", 9)[:, 0]
        assert numbers(layer["columns"]["largest_activation"], "f4").tolist() == top.tolist()
        images = layer["sheets"].get("maximum")
        there = [row >= 0 for row in numbers(images["index"], "i2")] if images else [False] * units
        assert numbers(layer["columns"]["has_optimised_image"], "f4").tolist() == there
    assert not list((folder / "units").rglob("*.parquet"))
    assert network["cite"].endswith(f", unit {{unit}} of {network['title']}. {{address}}")


def check_pictures(root, sheets):
    assert set(sheets) == {"strongest", "range", "kernels", "mean_kernel", "maximum", "minimum"}
    for kind, sheet in sheets.items():
        row = numbers(sheet["index"], "i2")
        with Image.open(root / sheet["files"].replace("{n}", "0")) as picture:
            assert picture.size == (sheet["across"] * sheet["tile"], int((row >= 0).sum()) * sheet["tile"]), kind
    assert sheets["strongest"]["across"] == 9 and sheets["range"]["across"] == 11
    assert sheets["strongest"]["tile"] == 3  # a patch of the image is as large as what the unit sees


def check_kept(folder, capsys, given):
    """The next time nothing long is done again; without photographs there are no sheets of them."""
    called, make = [], looking.look
    looking.look = lambda *arguments, **more: called.append(1) or make(*arguments, **more)
    try:
        code, _, _ = run(capsys, *given, "--publish", "--optimise", "0")
    finally:
        looking.look = make
    assert code == 0 and not called
    (network,) = script(folder / "units/data/networks.js")[1]
    assert network["published"] and any("left out" in note for note in network["notes"])
    assert not [path for path in folder.rglob("*.webp") if "kernel" not in path.name]


NEAREST = "resnte18"
BAD = [
    (dict(model=""), "Which network? For instance: make explorer MODEL=resnet18 IMAGES=photos"),
    (dict(model=NEAREST), "resnet18"),
    (dict(images="/no/such/folder"), "There are no images at /no/such/folder"),
    (dict(images="EMPTY"), "holds no images"),
    (dict(images="BROKEN"), "Not one of the 1 images of broken can be read: a.png ("),
    (dict(model="DENSE"), "no convolution over images"),
    (dict(optimise="many"), "OPTIMISE is 'many'; allowed is a whole number from 0 on: how many units of a layer."),
    (dict(optimise="-1"), "OPTIMISE is '-1'"),
    (dict(device="abacus"), "on this machine allowed is auto, cpu"),
    (dict(build="FILE"), "cannot be written to"),
]


@pytest.mark.parametrize(("wrong", "sentence"), BAD, ids=[" ".join(map("=".join, wrong.items())) for wrong, _ in BAD])
def test_what_cannot_be_had_is_one_sentence(tmp_path, described, photos, capsys, wrong, sentence):
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/a.png").write_bytes(b"x")
    (tmp_path / "file").write_bytes(b"x")
    own_values = {"DENSE": described("dense", "dense.json"), "FILE": str(tmp_path / "file")}
    own_values |= {"EMPTY": str(tmp_path / "empty"), "BROKEN": str(tmp_path / "broken")}
    values = dict(model=described(), images=photos, optimise="0", device="cpu", build=str(tmp_path / "build"))
    values |= {name: own_values.get(value, value) for name, value in wrong.items()}
    code, out, error = run(capsys, *(f"--{name}={value}" for name, value in values.items()), "--scale", "smoke")
    assert code == 1 and sentence in error and error.strip().count("\n") == 0 and not out
    assert not list(tmp_path.glob("build/units/*"))


def test_names_of_folders():
    assert own.folder_name("resnet18") == "resnet18"
    strange = {own.folder_name(name) for name in ("../../etc", "a b", "A b", "", "é", "</script>", "x" * 300)}
    assert len(strange) == 7 and all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") for name in strange)
    assert all(0 < len(name) < 60 for name in strange)
