"""Networks, layers and files on which the study's pages mean nothing: one sentence, and nothing half-written.

What is refused where it is computed is tested there: batches that do not fit into memory and starts that are dead
(``helpers.ascent``), covers that leave no node and neighbours that are not there.
"""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from helpers.errors import BadInput
from helpers.pages import stages
from helpers.studies.googlenet_neurons.natural_extremes import place_of
from helpers.studies.googlenet_neurons.stages import extremes, observer_choices, ways_below
from helpers.studies.googlenet_neurons.subject import subject

CPU = torch.device("cpu")
NETWORKS = """
import torch
from torch import nn


def small(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 5, 3), nn.ReLU(), nn.MaxPool2d(4))


def other():
    return small(seed=1)


def silent():
    network = small()
    nn.init.zeros_(network[2].weight), nn.init.constant_(network[2].bias, -1.0)
    return network


def narrow():
    return nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU(), nn.Conv2d(4, 4, 1), nn.ReLU())


def dense():
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 8), nn.ReLU())
"""


@pytest.fixture
def values(tmp_path, monkeypatch):
    """The parameters of a page for a network of the file above and a folder of images of a reader's own."""
    monkeypatch.delenv("HELPERS_ASSETS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "own.py").write_text(NETWORKS)
    random = np.random.default_rng(0)
    (tmp_path / "photos/cat").mkdir(parents=True)
    for k in range(24):
        pixels = random.integers(0, 255, (40, 40, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "photos/cat" / f"{k:02}.png")

    def given(network="small", **changes):
        entries = {"model": f"own.py:{network}", "preprocessing": {"size": 32, "mean": [0.5] * 3, "std": [0.5] * 3}}
        (tmp_path / "own.json").write_text(json.dumps(entries))
        own = {"model": str(tmp_path / "own.json"), "layer": "auto", "images": str(tmp_path / "photos")}
        return own | {"scale": "smoke", "seed": 0, "device": "cpu"} | changes

    return given


def made(stage, values, folder):
    return stages.make(stage, values, seeds=[0], device=CPU, folder=folder)


@pytest.mark.parametrize(
    ("network", "changes", "why"),
    [
        ("small", {"layer": "3"}, "has no layer '3' of kernels; .*layer is auto, or names .* of 0, 2"),
        ("small", {"layer": ""}, "has no layer ''"),
        ("narrow", {}, "has kernels of 1×1; kernels of 3×3 or more are needed here"),
        ("dense", {}, "has no convolution over images"),
    ],
)
def test_networks_and_layers_that_do_not_do(values, tmp_path, network, changes, why):
    with pytest.raises(BadInput, match=why):
        made(extremes, values(network, **changes), tmp_path / "stages")
    assert not list((tmp_path / "stages").rglob("extremes*.safetensors"))


@pytest.mark.parametrize(("layer", "near"), [("mixed4g", "mixed4"), ("mixed4b_7x7", "mixed4b")])
def test_a_layer_that_inception_does_not_have_names_the_nearest(monkeypatch, layer, near):
    monkeypatch.delenv("HELPERS_ASSETS", raising=False)
    with pytest.raises(BadInput, match=f"has no layer '{layer}' of kernels; .*{near}.*layer is auto"):
        subject({"model": "googlenet", "layer": layer})


def test_a_unit_that_does_not_exist(values):
    seen = subject(values())
    assert place_of(seen, seen.blocks[1], 0) == 4
    with pytest.raises(BadInput, match="2 has no unit 5; its units are 0 to 4"):
        place_of(seen, seen.blocks[1], 5)


def test_units_that_never_rise_above_zero_are_looked_at_and_guessed(values, tmp_path):
    given = values("silent", layer="2")
    found = made(extremes, given, tmp_path / "stages")["extremes"].history
    assert (found.value == -1).all()
    chosen = made(observer_choices, given, tmp_path / "stages")["choices"].history
    assert not chosen.right.isinf().any() and float(chosen.right.nanmean()) == pytest.approx(0.5, abs=0.25)
    assert made(ways_below, given, tmp_path / "stages")["ways"].history.share.isnan().all()  # no layer below


def test_an_artefact_of_other_weights_is_never_taken(values, tmp_path, capsys):
    folder = tmp_path / "stages"
    first = made(extremes, values(), folder)["extremes"].history
    (file,) = folder.rglob("extremes-*.safetensors")
    other = made(extremes, values("other"), folder)["extremes"].history
    assert not torch.equal(first.value, other.value)
    (another,) = set(folder.rglob("extremes-*.safetensors")) - {file}
    kept = file.read_bytes()
    another.replace(file)  # as if someone had renamed it
    again = made(extremes, values(), folder)["extremes"].history
    assert "is made again here" in capsys.readouterr().out
    assert torch.equal(again.value, first.value) and file.read_bytes() == kept
