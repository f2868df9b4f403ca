from dataclasses import replace

import torch

from helpers.models.pretrained import load
from helpers.models.pretrained.published import ORIGINAL_VGG16
from helpers.pages import runs
from helpers.pages.inspected import PARAMETERS, load_inputs
from helpers.studies.probing.networks import is_narrow, is_studys, narrow_inputs, why_not_the_studys


def test_which_network_is_the_studys():
    narrow = load("vgg16", weights="embedded")
    assert is_narrow(narrow) and not is_studys(narrow)
    assert "not the study's VGG16" in why_not_the_studys(narrow)
    safetensors, keras = ORIGINAL_VGG16
    of_assets = replace(narrow.weights, source="assets", sha256=safetensors.sha256)
    downloaded = replace(narrow.weights, source="download", description=keras.description)
    for weights in (of_assets, downloaded):
        found = replace(narrow, weights=weights)
        assert is_studys(found) and not is_narrow(found) and why_not_the_studys(found) == ""
    assert not is_studys(replace(narrow, weights=replace(downloaded, source="file")))
    assert not is_studys(replace(narrow, name="resnet18", weights=of_assets))


def test_the_control_is_the_narrow_network_on_drawn_images(tmp_path, monkeypatch):
    monkeypatch.setenv("HELPERS_RUN_DIR", str(tmp_path))
    monkeypatch.delenv("HELPERS_ASSETS", raising=False)
    monkeypatch.setattr("helpers.models.pretrained.published.of", lambda name: [])  # no download
    given = {
        "scale": "smoke",
        "seed": 0,
        "device": "cpu",
        "model": "vgg16",
        "layer": "auto",
        "unit": "auto",
        "image": 0,
    }
    run = runs.start("probing/02_field_of_view", given | {"image": 0, "images": "auto"}, **PARAMETERS)
    inspected = load_inputs(run, count=2)
    assert narrow_inputs(run, inspected, count=2) is inspected
    other = replace(inspected, loaded=replace(inspected.loaded, name="resnet18"))
    control = narrow_inputs(run, other, count=3)
    assert is_narrow(control.loaded) and control.layer.name == "relu5_3"
    assert control.x.shape == (3, 3, 64, 64) and torch.equal(control.shown, control.x)
