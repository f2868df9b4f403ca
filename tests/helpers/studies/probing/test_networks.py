from dataclasses import replace

from helpers.models.pretrained import load
from helpers.models.pretrained.published import ORIGINAL_VGG16
from helpers.studies.probing.networks import is_narrow, is_studys, why_not_the_studys


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
