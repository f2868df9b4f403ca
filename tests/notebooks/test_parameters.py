"""A page that is told nonsense ends with one clear sentence, a non-zero exit and nothing half-written.

One case of each kind goes through papermill's command line; the others run the page's cells here, up to the refusal.
"""

import json
import re

import jupytext
import pytest

from helpers.errors import BadInput
from helpers.pages import sources

PERCEPTRONS = "jump_detection/02_multilayer_perceptrons"


@pytest.mark.parametrize(
    ("page", "given", "sentence"),
    [
        (PERCEPTRONS, {"noise_std": -1}, r"ParameterError: Parameter noise_std is -1; allowed is a number from 0\.05"),
        (
            PERCEPTRONS,
            {"noise_sdt": 1.5},
            r"ParameterError: This page has no parameter noise_sdt; did you mean noise_std",
        ),
        (
            "probing/01_what_is_active",
            {"scale": "smoke", "layer": "relu5_4"},
            "UnknownLayer: .*relu5_4.*relu5_3",
        ),
    ],
)
def test_one_sentence_and_nothing_written(papermill, tmp_path, page, given, sentence):
    ended = papermill(page, **given)
    assert ended.returncode != 0
    assert re.match(sentence, ended.stderr.strip().splitlines()[-1])
    assert "Traceback" not in ended.stderr.split("Exception encountered")[-1]
    assert not (tmp_path / "results").exists()


def run_cells(page, given):
    """Run the page's code cells one after another, as a notebook does, with these parameters."""
    variables = {}
    for cell in jupytext.read(sources.read(page).source).cells:
        if cell.cell_type == "code":
            exec(cell.source, variables)
            if "parameters" in cell.metadata.get("tags", []):
                variables |= given


@pytest.mark.parametrize(
    ("page", "given", "sentence"),
    [
        (PERCEPTRONS, {"scale": "huge"}, "Parameter scale is the text 'huge'; allowed is one of smoke, laptop, paper."),
        (PERCEPTRONS, {"noise_std": -1}, "Parameter noise_std is -1; allowed is a number from 0.05 to 10."),
        (
            PERCEPTRONS,
            {"device": "cuda:99"},
            "Parameter device is the text 'cuda:99'; on this machine allowed is auto, cpu",
        ),
        (
            PERCEPTRONS,
            {"seeds": "five"},
            "Parameter seeds is the text 'five'; allowed is a whole number from 1 to 10000.",
        ),
        ("jump_detection/07_embedding", {"p": 0}, "Parameter p is 0; allowed is a whole number from 1 to 100."),
        (
            "jump_detection/05_convolutional_networks",
            {"longest": 6},
            "Parameter longest is 6; allowed is one of 7, 9, 11, 13",
        ),
        (
            "jump_detection/08_gradient_ascent",
            {"position": 90},
            "Parameter position is 90; allowed is a whole number from 21 to 80.",
        ),
        (
            "probing/03_four_ways_back",
            {"scale": "smoke", "unit": 9_999},
            "There is no unit 9999; the layer's units go from 0 to 127",
        ),
        ("probing/04_best_input", {"scale": "smoke", "model": "vgg61"}, "vgg61.*vgg16"),
    ],
)
def test_what_each_page_refuses(tmp_path, monkeypatch, page, given, sentence):
    monkeypatch.setenv("HELPERS_RUN_DIR", str(tmp_path / "results"))
    with pytest.raises(BadInput) as refused:
        run_cells(page, given)
    expected = "BadInput" if "unit" in given else "UnknownNetwork" if "model" in given else "ParameterError"
    assert type(refused.value).__name__ == expected
    assert re.search(sentence, str(refused.value))
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "results").exists()


def test_another_noise_level_from_any_folder(papermill, tmp_path):
    ended = papermill(PERCEPTRONS, scale="smoke", noise_std=1.5, seeds=2, patience=1, long_training=False)
    assert ended.returncode == 0, ended.stderr
    results = json.loads((tmp_path / "results/results.json").read_text())
    assert results["parameters"]["noise_std"] == 1.5
    assert results["seeds"] == [0, 1]
    assert list((tmp_path / "stages/jump_detection/perceptrons").glob("mlp-4-*.safetensors"))
