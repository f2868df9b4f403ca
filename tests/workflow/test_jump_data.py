"""The data of the page "A jump" say what the kept networks say, and a file that is not whole is refused."""

import base64
import json
import re

import numpy as np
import pytest
import torch

from helpers.pages import network_files
from helpers.studies.jump_detection.designed_signals import rises
from helpers.studies.jump_detection.signals import sample
from helpers.studies.jump_detection.stages.convnets import recipe as convnet
from helpers.studies.jump_detection.stages.perceptrons import recipes
from workflow import jump_data

SEEDS = [4, 5]
VALUES = {"scale": "smoke", "jump": 3.0, "noise_std": 1.0, "long_training": False, "max_epochs": 1}


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    folder = tmp_path_factory.mktemp("networks")
    made = {**recipes(VALUES), "cnn-7": convnet((7,), VALUES), "cnn-5-7-9": convnet((5, 7, 9), VALUES)}
    kept, files = {}, {}
    for key, one in made.items():
        networks, history = one.train(seeds=SEEDS, device=torch.device("cpu"))
        kept[key], files[key] = networks, folder / f"{key}.safetensors"
        network_files.save(networks, files[key], {**one.describe(), "seeds": SEEDS}, vars(history))
    return made, kept, files


@pytest.fixture(scope="module")
def folder(sources, tmp_path_factory):
    folder = tmp_path_factory.mktemp("jump") / "data"
    folder.mkdir()
    (folder / "left-over.js").touch()
    jump_data.write(sources[2], folder)
    return folder


def test_a_file_per_seed_and_nothing_else(folder):
    assert {path.name for path in folder.iterdir()} == {"manifest.js", "seed-4.js", "seed-5.js"}


@pytest.fixture(scope="module")
def manifest(folder):
    return json.loads((folder / "manifest.js").read_text().removeprefix("window.jumpManifest = ")[:-2])


def test_manifest(manifest):
    assert manifest["seeds"] == SEEDS
    assert manifest["training"] == {"signals": 600, "epochs": 1, "trial": True}
    assert [one["key"] for one in manifest["networks"]] == list(jump_data.TITLES)
    designs = {one["name"]: one["values"] for one in manifest["designs"]}
    for name, signal in rises().items():
        np.testing.assert_array_equal(np.float32(designs[name]), signal)


def test_weights_and_test_signals_follow_each_other(folder, manifest, sources):
    made, kept, _ = sources
    text = (folder / "seed-5.js").read_text()
    description, encoded = re.fullmatch(r'window\.jumpData\((.*), "(.*)"\);\n', text).groups()
    numbers = np.frombuffer(base64.b64decode(encoded), dtype="<f4")
    at = 0
    for one in manifest["networks"]:
        for tensor in kept[one["key"]].state_dict().values():
            np.testing.assert_array_equal(numbers[at : at + tensor[1].numel()], tensor[1].flatten())
            at += tensor[1].numel()
        described = sum(layer["weights"] + layer["biases"] for layer in one["layers"])
        assert described == sum(tensor[1].numel() for tensor in kept[one["key"]].state_dict().values())
    test = sample(made["mlp-1"].task, 300, seeds=[5], purpose="test")
    np.testing.assert_array_equal(numbers[at:].reshape(-1, 100), test.x[0, : jump_data.EXAMPLES])
    assert json.loads(description)["jumps"] == (test.label[0, : jump_data.EXAMPLES] + 21).tolist()


def test_a_truncated_file_is_refused_and_nothing_written(sources, tmp_path):
    broken = tmp_path / "mlp-3.safetensors"
    broken.write_bytes(sources[2]["mlp-3"].read_bytes()[:1000])
    with pytest.raises(network_files.NetworkFileError, match=r"mlp-3.safetensors is not a whole"):
        jump_data.write({**sources[2], "mlp-3": broken}, tmp_path / "data")
    assert [path.name for path in tmp_path.iterdir()] == ["mlp-3.safetensors"]
