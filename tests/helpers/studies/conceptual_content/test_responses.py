"""The stage of responses, against a plain run of the network; which images and layers a page looks at."""

import torch

from helpers.hooks.recording import record
from helpers.studies.conceptual_content.stages import responses
from helpers.studies.conceptual_content.subject import subject

CPU = torch.device("cpu")


def test_responses_are_the_largest_activations(monkeypatch):
    monkeypatch.delenv("HELPERS_ASSETS", raising=False)
    values = {"model": "vgg16", "layers": "auto", "images": "patterns", "scale": "smoke", "seed": 0, "device": "cpu"}
    seen = subject(values, CPU)
    recipe = responses.recipes(values)["responses"]
    _, found = recipe.train(seeds=[0], device=CPU)
    assert found.number.tolist() == (seen.part_of == 0).nonzero()[:, 0].tolist()
    images = seen.images.at(found.number[:3].tolist())
    x = next(iter(images.batches(3, progress=False))).x
    with torch.no_grad(), record(seen.loaded.network, list(seen.units)) as outputs:
        seen.loaded.network(seen.loaded.preprocessing(x))
    expected = torch.cat([outputs[name].amax((2, 3)) for name in seen.units], dim=1)
    torch.testing.assert_close(found.value[:3].float(), expected, rtol=2e-3, atol=1e-3)  # kept with half the digits
    assert sum(layer.units for layer in seen.layers) == found.value.shape[1]
