"""The stage keeps the strongest images of all units of all branches."""

import pytest
import torch

from helpers.data.images import AUTO
from helpers.hooks.layer_output import layer_output
from helpers.hooks.reducers.pass_tensors import from_stage
from helpers.pages import stages
from helpers.studies.googlenet_neurons.images import natural_images
from helpers.studies.googlenet_neurons.stages import unit_statistics
from helpers.studies.googlenet_neurons.subject import subject

VALUES = {"model": "googlenet", "layer": "mixed3a,mixed4a_5x5", "images": AUTO, "scale": "smoke", "seed": 0}


@pytest.fixture(autouse=True)
def without_assets(monkeypatch, tmp_path):
    monkeypatch.delenv("HELPERS_ASSETS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_the_strongest_image_of_a_unit_is_the_one_with_the_largest_response(tmp_path):
    made = stages.make(unit_statistics, VALUES, seeds=[0], device=torch.device("cpu"), folder=tmp_path)
    assert list(made) == ["natural", "random_0"]
    seen = subject(VALUES)
    images = natural_images(VALUES, seen.loaded).open(0)
    x = torch.cat([batch.x for batch in images.batches(8, progress=False)])
    found = from_stage(made["natural"].history, name="natural")
    for layer in ("mixed3a_3x3", "mixed4a_5x5"):
        with torch.no_grad():
            response = layer_output(seen.loaded.network, layer, seen.loaded.preprocessing(x)).amax((2, 3))
        best = found.of("strongest", layer).found()
        assert torch.allclose(best.value[:, 0], response.amax(0), atol=1e-5)
    assert not made["natural"].history.classes_sum.numel() and "classes" not in found.reducers
