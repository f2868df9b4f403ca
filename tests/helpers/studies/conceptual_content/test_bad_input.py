"""Networks and images on which the study's pages mean nothing: one sentence, and nothing half-written.

What a pass over images refuses by itself (shards of other networks, images or versions, truncated shards, fewer
images than are to be kept) is tested with ``helpers.hooks.reducers``.
"""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from helpers.errors import BadInput
from helpers.pages import stages
from helpers.studies.conceptual_content.stages import unit_statistics
from helpers.studies.conceptual_content.subject import subject
from helpers.studies.conceptual_content.top_lists import by_part, whole

CPU = torch.device("cpu")
NETWORKS = """
import torch
from torch import nn


def small():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 5, 3), nn.ReLU(), nn.MaxPool2d(4))


def silent():
    network = small()
    nn.init.zeros_(network[0].weight), nn.init.constant_(network[0].bias, -1.0)
    nn.init.zeros_(network[2].weight), nn.init.constant_(network[2].bias, -1.0)
    return network


def dense():
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * 16 * 16, 8), nn.ReLU())
"""


@pytest.fixture
def values(tmp_path, monkeypatch):
    """The parameters of a page for a network of the file above and a folder of images of a reader's own."""
    monkeypatch.delenv("HELPERS_ASSETS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "own.py").write_text(NETWORKS)
    random = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for k in range(3):
            pixels = random.integers(0, 255, (20 + 7 * k, 30, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "photos" / name / f"{k}.png")

    def given(network="small", *, size=16, **changes):
        entries = {"model": f"own.py:{network}", "preprocessing": {"size": size, "mean": [0.5] * 3, "std": [0.5] * 3}}
        (tmp_path / "own.json").write_text(json.dumps(entries))
        own = {"model": str(tmp_path / "own.json"), "layers": "auto", "images": str(tmp_path / "photos")}
        return own | {"scale": "smoke", "seed": 0, "draws": 1, "device": "cpu"} | changes

    return given


def made(values, folder):
    return stages.make(unit_statistics, values, seeds=[0], device=CPU, folder=folder, only=["own"])["own"].history


def test_a_readers_own_network_and_images_go_through(values, tmp_path):
    given = values(layers="3,1")
    seen = subject(given, CPU)
    assert list(seen.units) == ["1", "3"] and not seen.is_studys and seen.parts == 2
    kept = made(given, tmp_path / "stages")
    lists, together = by_part(seen, kept), whole(seen, kept)
    assert lists.top == 1 and together.top == 2  # half of the images, and half of what a part has of them
    assert together.counts().shape == (1, 9, 2)


def test_unreadable_images_are_left_out_of_small_sets(values, tmp_path):
    (tmp_path / "photos/cat/0.png").write_bytes(b"no image")
    kept = made(values(scale="laptop"), tmp_path / "stages")
    assert int(kept.moments_images) == 5 and kept.strongest_key.shape == (9, 3)


@pytest.mark.parametrize(
    ("network", "changes", "why"),
    [
        ("small", {"size": 4}, "does not run on images of 4 points"),
        ("dense", {}, "has no layer whose units have positions in an image"),
        ("dense", {"layers": "1"}, "no layer '1' whose units have positions .* since none has positions"),
        ("small", {"layers": "1,9"}, "no layer '9' whose units have positions .* separated by commas of 0, 1, 2, 3, 4"),
        ("small", {"layers": ""}, "no layer ''"),
        ("silent", {}, "all units of these layers are silent on all images"),
    ],
)
def test_a_network_that_does_not_do(values, tmp_path, network, changes, why):
    with pytest.raises(BadInput, match=why):
        made(values(network, **changes), tmp_path / "stages")
    assert not list(tmp_path.rglob("*.safetensors"))


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda folder: [path.unlink() for path in folder.glob("dog/*")], "has one class; two classes at least"),
        (lambda folder: [path.write_bytes(b"no") for path in folder.glob("dog/*")], "the class dog has no images"),
        (lambda folder: [path.write_bytes(b"no") for path in folder.glob("*/*")], "could be read"),
        (lambda folder: [path.unlink() for path in folder.glob("*/*")], "no image"),
    ],
)
def test_images_that_do_not_do(values, tmp_path, spoil, why):
    spoil(tmp_path / "photos")
    with pytest.raises(BadInput, match=why):
        subject(values(), CPU)
        made(values(), tmp_path / "stages")
    assert not list(tmp_path.rglob("*.safetensors"))


def test_an_artefact_of_another_network_or_truncated_is_made_again(values, tmp_path, capsys):
    folder = tmp_path / "stages"
    first = made(values(), folder)
    (file,) = folder.rglob("own-*.safetensors")
    whole_file = file.read_bytes()
    file.write_bytes(whole_file[:-100])
    again = made(values(), folder)
    assert "is made again here" in capsys.readouterr().out
    assert torch.equal(first.strongest_key, again.strongest_key) and file.read_bytes() == whole_file
    made(values(layers="1"), folder)
    assert len(list(folder.rglob("own-*.safetensors"))) == 2  # another recipe, another file
