"""What a description file says is read back as written, or refused with the entry named."""

import hashlib
import json

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from helpers.models.preprocessing import Preprocessing
from helpers.models.pretrained import descriptions
from helpers.models.pretrained.weights import WeightsError

HERS = Preprocessing(size=64, mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))


def test_round_trip(tmp_path):
    network = nn.Linear(3, 2)
    descriptions.save(
        network,
        tmp_path / "deep/hers.json",
        architecture="vgg16",
        preprocessing=HERS,
        class_names=("square", "circle"),
        options={"width": 0.25, "head": "average"},
        description="a test",
        about={"accuracy": 0.5},
    )
    assert sorted(path.name for path in (tmp_path / "deep").iterdir()) == ["hers.json", "hers.safetensors"]
    found = descriptions.read(tmp_path / "deep/hers.json")
    assert found.weights == tmp_path / "deep/hers.safetensors"
    assert found.preprocessing == HERS
    assert (found.architecture, found.class_names, found.description) == ("vgg16", ("square", "circle"), "a test")
    assert (found.options, found.about) == ({"width": 0.25, "head": "average"}, {"accuracy": 0.5})
    assert found.sha256 == hashlib.sha256(found.weights.read_bytes()).hexdigest()
    assert torch.equal(load_file(found.weights)["weight"], network.weight.detach().half())


def test_yaml_as_in_the_documentation(tmp_path):
    lines = descriptions.__doc__.split("\n\n")[1]
    (tmp_path / "mine.yml").write_text(lines.replace("    ", ""), "utf-8")
    found = descriptions.read(tmp_path / "mine.yml")
    assert found.weights == tmp_path / "mine.safetensors"
    assert found.preprocessing == HERS
    assert found.class_names == ("square", "circle")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"architecture": None}, "net.json: architecture is None; it must be a text"),
        ({"colour": 1}, "net.json has no entry 'colour'; its entries are architecture, model, weights,"),
        ({"class_names": "all"}, "class_names is 'all'; it must be a list"),
        ({"classes": True}, "classes is True; it must be a whole number"),
        ({"classes": 2.0}, r"classes is 2\.0; it must be a whole number"),
        ({"classes": 0}, "classes is 0; it must be a whole number from 1 to 1000000"),
        ({"classes": 3}, "net.json speaks of 3 classes and names 2"),
        ({"class_names": ["a", True]}, "it must be a list of texts; put quotes around a number, true, false or null"),
        ({"model": "a:b"}, "net.json must name one of architecture and model, and names both"),
        ({"preprocessing": {"mean": [0, 0, 0]}}, "net.json: preprocessing does not name its size"),
    ],
)
def test_refused(tmp_path, change, sentence):
    entries = {"architecture": "vgg16", "weights": "net.safetensors", "class_names": ["a", "b"]} | change
    (tmp_path / "net.json").write_text(json.dumps(entries), "utf-8")
    with pytest.raises(WeightsError, match=sentence):
        descriptions.read(tmp_path / "net.json")


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("net.json", "{", "net.json is not JSON"),
        ("net.yml", "a: [", "net.yml is not YAML"),
        ("net.yaml", "!!python/object/apply:os.mkdir [harm]", "net.yaml is not YAML"),
        ("net.json", "[]", "net.json is no mapping of names to values; its entries are architecture,"),
        ("net.json", '{"architecture": "vgg16"}', "net.json does not name its weights"),
    ],
)
def test_no_description(tmp_path, name, text, sentence):
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(WeightsError, match=sentence):
        descriptions.read(tmp_path / name)


def test_no_file(tmp_path):
    with pytest.raises(WeightsError, match=r"There is no file .*none\.json"):
        descriptions.read(tmp_path / "none.json")
