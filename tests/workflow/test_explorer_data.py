"""The explorer's data say what the kept networks say, and a file that is not whole is refused."""

import base64
import json
import re

import numpy as np
import pytest
import torch

from helpers.pages import network_files
from helpers.studies.net_fragments.digits import digits, lines
from helpers.studies.net_fragments.stages.encoders import FragmentEncoders
from workflow import explorer

SEEDS = list(range(3, 15))
LINE_PIXELS = [image.flatten().nonzero().flatten().tolist() for image in lines()]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    recipe = FragmentEncoders(samples_per_epoch=20, epochs=1)
    kept, _ = recipe.train(seeds=SEEDS, device=torch.device("cpu"))
    path = tmp_path_factory.mktemp("networks") / "encoders.safetensors"
    network_files.save(kept, path, {**recipe.describe(), "seeds": SEEDS})
    return kept, path


@pytest.fixture(scope="module")
def folder(source, tmp_path_factory):
    folder = tmp_path_factory.mktemp("explorer") / "data"
    folder.mkdir()
    (folder / "left-over.js").touch()
    explorer.write(source[1], folder)
    return folder


def test_a_file_per_model_and_seed_and_nothing_else(folder):
    expected = {f"model-{model}-seed-{seed}.js" for model in range(1, 12) for seed in SEEDS} | {"manifest.js"}
    assert {path.name for path in folder.iterdir()} == expected


def test_manifest(folder):
    manifest = json.loads((folder / "manifest.js").read_text().removeprefix("window.fragmentManifest = ")[:-2])
    assert manifest["seeds"] == SEEDS
    assert manifest["lastEpoch"] == 1
    assert manifest["training"] == {"samples": 20, "trial": True}
    np.testing.assert_array_equal([sorted(one["pixels"]) for one in manifest["lines"]], LINE_PIXELS)
    assert [one["model"] for one in manifest["models"]] == list(range(1, 12))
    assert manifest["digits"] == digits().flatten(1).tolist()


@pytest.mark.parametrize("model", [3, 7, 10])
def test_numbers_are_the_weights_of_every_epoch(source, folder, model):
    kept, _ = source
    text = (folder / f"model-{model}-seed-5.js").read_text()
    description, data = re.fullmatch(r'window\.fragmentData\((\{.*\}), "([^"]+)"\);\n', text).groups()
    described = json.loads(description)
    numbers = np.frombuffer(base64.b64decode(data), "<f4").reshape(described["epochs"], described["numbersPerEpoch"])
    for epoch in range(2):
        at = 0
        networks = kept[model].networks(epoch)
        for layer in described["layers"]:
            if layer["kind"] == "maxpool2d":
                continue
            module = networks.layers[layer["name"]]
            for tensor, size in ((module.weight[2], layer["weights"]), (module.bias[2], layer["biases"])):
                np.testing.assert_array_equal(numbers[epoch, at : at + size], tensor.flatten())
                at += size
        assert at == described["numbersPerEpoch"]


def test_layers_have_the_shapes_of_the_activations():
    found = {layer["name"]: layer["shape"] for layer in explorer.layers(8)}
    assert found == {"conv1": [4, 7, 7], "pool1": [4, 3, 3], "conv2": [8, 1, 1], "head": [12], "classes": [10]}


def test_a_truncated_file_is_refused_and_nothing_written(source, tmp_path):
    broken = tmp_path / "encoders.safetensors"
    broken.write_bytes(source[1].read_bytes()[:1000])
    with pytest.raises(network_files.NetworkFileError, match=r"encoders.safetensors is not a whole file of networks"):
        explorer.write(broken, tmp_path / "data")
    assert not (tmp_path / "data").exists()
