"""A page that is told nonsense ends with one clear sentence, a non-zero exit and nothing half-written.

Through papermill's own command line, from a folder that is not the repository.
"""

import json
import os
import re
import subprocess
import sys

import pytest

from helpers.pages.repository import REPOSITORY

PAGE = "jump_detection/02_multilayer_perceptrons"


def papermill(folder, *parameters, page=PAGE):
    """Run a page as a user does; its results go to ``folder/results``."""
    arguments = [part for name, value in parameters for part in ("-p", name, str(value))]
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "papermill",
            str(REPOSITORY / f"notebooks/{page}.ipynb"),
            "out.ipynb",
            *arguments,
        ],
        cwd=folder,
        env=os.environ | {"HELPERS_RUN_DIR": str(folder / "results")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("scale", "huge", "Parameter scale is the text 'huge'; allowed is one of smoke, laptop, paper."),
        ("noise_std", "-1", "Parameter noise_std is -1; allowed is a number from 0.05 to 10."),
        ("device", "cuda:99", "Parameter device is the text 'cuda:99'; on this machine allowed is auto, cpu"),
        ("noise_sdt", "1.5", "This page has no parameter noise_sdt; did you mean noise_std?"),
        ("seeds", "five", "Parameter seeds is the text 'five'; allowed is a whole number from 1 to 10000."),
    ],
)
def test_one_sentence_and_nothing_written(tmp_path, name, value, sentence):
    ended = papermill(tmp_path, (name, value))
    assert ended.returncode != 0
    assert f"ParameterError: {sentence}" in ended.stderr
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("page", "name", "value", "sentence"),
    [
        ("07_embedding", "p", 0, "Parameter p is 0; allowed is a whole number from 1 to 100."),
        ("05_convolutional_networks", "longest", 6, "Parameter longest is 6; allowed is one of 7, 9, 11, 13"),
        ("08_gradient_ascent", "position", 90, "Parameter position is 90; allowed is a whole number from 21 to 80."),
    ],
)
def test_what_a_page_alone_asks_for(tmp_path, page, name, value, sentence):
    ended = papermill(tmp_path, (name, value), page=f"jump_detection/{page}")
    assert ended.returncode != 0
    assert f"ParameterError: {sentence}" in ended.stderr
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("page", "name", "value", "sentence"),
    [
        ("01_what_is_active", "layer", "relu5_4", "UnknownLayer: .*relu5_4.*relu5_3"),
        ("03_four_ways_back", "unit", 9_999, "BadInput: There is no unit 9999; the layer's units go from 0 to 127"),
        ("04_best_input", "model", "vgg61", "UnknownNetwork: .*vgg61.*vgg16"),
    ],
)
def test_a_network_a_layer_or_a_unit_that_is_not_there(tmp_path, page, name, value, sentence):
    ended = papermill(tmp_path, ("scale", "smoke"), (name, value), page=f"probing/{page}")
    assert ended.returncode != 0
    last = ended.stderr.strip().splitlines()[-1]
    assert re.match(sentence, last)
    assert "Traceback" not in ended.stderr.split("Exception encountered")[-1]
    assert not (tmp_path / "results").exists()


def test_another_noise_level_from_any_folder(tmp_path):
    asked = {"scale": "smoke", "noise_std": 1.5, "seeds": 2, "patience": 1, "long_training": False}
    ended = papermill(tmp_path, *asked.items())
    assert ended.returncode == 0, ended.stderr
    results = json.loads((tmp_path / "results/results.json").read_text())
    assert results["parameters"]["noise_std"] == 1.5
    assert results["seeds"] == [0, 1]
    assert (tmp_path / "results/networks/mlp-4.safetensors").is_file()
