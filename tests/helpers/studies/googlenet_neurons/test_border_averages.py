"""Average responses against a loop over images, and what lies at sides against a map made by hand."""

import pytest
import torch

from helpers.hooks.recording import record
from helpers.studies.googlenet_neurons.border_averages import Average, averages, moved, noise
from helpers.studies.googlenet_neurons.border_lines import SIDES
from helpers.studies.googlenet_neurons.subject import subject


def test_averages_are_those_of_a_loop_over_images():
    seen = subject({"model": "googlenet", "layer": "mixed3a"})
    batches = list(noise(10, size=48, seed=0, device=torch.device("cpu")))
    assert [len(each) for each in batches] == [8, 2] and 0 <= float(batches[0].min()) < 0.01
    found = averages(seen, batches)
    for branch in seen.kernel_sets():
        responses = []
        for image in torch.cat(batches):
            with torch.no_grad(), record(seen.loaded.network, [branch.convolution]) as outputs:
                seen.loaded.network(seen.loaded.preprocessing(image[None]))
            responses.append(outputs[branch.convolution][0])
        expected = torch.stack(responses)
        own = found[branch.layer]
        assert torch.allclose(own.mean, expected.mean(0), atol=1e-4)
        assert torch.allclose(own.square, expected.square().mean(0), rtol=1e-3, atol=1e-3)
        rim = branch.size[0] // 2
        assert own.inside[0].sum() == 0 and own.inside[rim, rim] == 1
    assert moved(seen, found).shape == (sum(branch.units for branch in seen.kernel_sets()), len(SIDES))


def test_a_side_is_measured_in_deviations_inside():
    mean, inside = torch.zeros(1, 4, 5), torch.zeros(4, 5)
    inside[1:3, 1:4] = 1
    mean[0, 0] = 6.0  # the top, and an end of the left and of the right side
    found = Average(mean, torch.full_like(mean, 4.0), inside).moved()
    expected = {"top": 3.0, "bottom": 0, "left": 0.75, "right": 0.75}
    assert found[0].tolist() == pytest.approx([expected[side] for side in SIDES])
    assert bool(Average(mean, mean, torch.zeros(4, 5)).moved().isnan().all())
