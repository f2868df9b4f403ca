"""Responses to changed versions of images, against one image at a time; and the indices, against loops."""

import numpy as np
import pytest
import torch

from helpers.data.images import PATTERNS, open_images
from helpers.hooks.recording import record
from helpers.studies.googlenet_neurons.colour import below, index
from helpers.studies.googlenet_neurons.colour.hues import TURNS, hue_index
from helpers.studies.googlenet_neurons.colour.responses import ColourResponses
from helpers.studies.googlenet_neurons.colour.versions import CHANGES
from helpers.studies.googlenet_neurons.stages import colour_responses, random_hues
from helpers.studies.googlenet_neurons.subject import subject

RANDOM = torch.Generator().manual_seed(0)


@pytest.fixture(scope="module")
def made():
    seen = subject({"model": "googlenet", "layer": "mixed3a,mixed3b"})
    images = open_images(PATTERNS, size=48).choose(11, seed=0)
    recipe = ColourResponses(key="trained", changes=tuple(CHANGES), described={}, seen=seen, images=images)
    return seen, images, recipe.train(seeds=[0], device=torch.device("cpu"))[1]


def test_responses_are_those_of_one_image_at_a_time(made):
    seen, images, answers = made
    branch = seen.branches[1]
    (batch,) = images.at([7]).batches(1, progress=False)
    network, unit = seen.loaded.network, seen.places(branch).start + 5
    maps = {}
    for name, change in {"as it is": lambda x: x, **CHANGES}.items():
        with torch.no_grad(), record(network, [branch.layer]) as found:
            network(seen.loaded.preprocessing(change(batch.x)))
        maps[name] = found[branch.layer][0, 5]
    place = int(maps["as it is"].argmax())
    rows, columns = maps["grey"].shape
    scale = float(answers.scale[unit])
    for k, (name, each) in enumerate(maps.items()):
        at = each.flip(-1).flatten()[place] if name == "mirrored" else each.flatten()[place]
        assert float(answers.at_place[k, 7, unit]) == pytest.approx(float(at) / scale, abs=2e-3)
        assert float(answers.anywhere[k, 7, unit]) == pytest.approx(float(each.max()) / scale, abs=2e-3)
    assert answers.number.tolist() == list(range(11)) and rows == columns


def test_the_index_is_a_ratio_over_the_strongest_images():
    responses, changed = torch.rand(40, 3, generator=RANDOM), torch.rand(40, 3, generator=RANDOM)
    responses[:, 2] = 0
    found = index.index(responses, changed, share=0.25)
    for unit in range(2):
        best = np.argsort(-responses[:, unit].numpy())[:10]
        expected = 1 - changed[best, unit].sum() / responses[best, unit].sum()
        assert float(found[unit]) == pytest.approx(float(expected), rel=1e-5)
    assert bool(found[2].isnan()) and not bool(index.colour_blind(found)[2])
    assert index.colour_blind(torch.tensor([0.1, 0.11, -1.0])).tolist() == [True, False, True]


def test_the_hue_index_is_the_mean_over_both_turns():
    responses, turned = torch.rand(40, 3, generator=RANDOM), torch.rand(2, 40, 3, generator=RANDOM)
    responses[:, 2] = 0
    found = hue_index(responses, turned)
    expected = (index.index(responses, turned[0])[:2] + index.index(responses, turned[1])[:2]) / 2
    assert found[:2].tolist() == pytest.approx(expected.tolist()) and bool(found[2].isnan())


def test_the_control_of_hues_has_the_random_networks_and_images_of_that_of_grey(monkeypatch):
    monkeypatch.delenv("HELPERS_ASSETS", raising=False)
    values = {"model": "googlenet", "layer": "mixed3a", "images": "auto", "scale": "laptop", "seed": 0, "device": "cpu"}
    grey = colour_responses.recipes(values)
    hues = random_hues.recipes(values)
    assert list(hues) == [key for key in grey if key != "trained"] and len(hues) == 3
    for key, recipe in hues.items():
        assert recipe.changes == TURNS and recipe.described == grey[key].described
        own, other = (each[key].seen.loaded.network.state_dict() for each in (hues, grey))
        assert all(torch.equal(weights, other[name]) for name, weights in own.items())
    assert set(TURNS) <= set(CHANGES)


def test_variety_is_the_root_of_the_variance_of_the_colours():
    responses, colour = torch.rand(40, 2, generator=RANDOM), torch.rand(2, 40, 2, generator=RANDOM)
    best = np.argsort(-responses[:, 1].numpy())[:5]
    expected = np.sqrt(sum(np.var(axis[best, 1].numpy()) for axis in colour))
    assert float(index.variety(responses, colour)[1]) == pytest.approx(float(expected), rel=1e-5)


def test_means_of_the_units_below_are_weighted_by_what_is_read(made):
    seen, _, _ = made
    values = torch.rand(seen.units, generator=RANDOM)
    found = below.of_units_below(seen, values)
    first, second = seen.blocks
    assert bool(found[: first.units].isnan().all()) and not bool(found[first.units :].isnan().any())
    branch = second.branches[1]  # 3 × 3, behind a 1 × 1 convolution
    kernels, reduced = seen.weights(branch)[3].abs(), seen.reduce_weights(branch).abs()[:, :, 0, 0]
    weight = sum(kernels[c].sum() * reduced[c] for c in range(len(reduced)))
    expected = (weight * values[: first.units]).sum() / weight.sum()
    assert float(found[seen.places(branch)][3]) == pytest.approx(float(expected), rel=1e-4)
    known = below.mean_below(torch.tensor([[1.0, 3.0]]), torch.tensor([torch.nan, 2.0]))
    assert known.tolist() == [2.0]


def test_percentiles_and_shares_are_of_the_same_layer():
    values, layer = torch.tensor([0.05, torch.nan, 0.5, 0.05]), torch.tensor([0, 0, 1, 1])
    others = torch.tensor([[0.0, 0.1, 0.6, 0.4], [0.2, torch.nan, 0.45, 0.3]])
    assert index.percentile(values, others, layer)[[0, 2, 3]].tolist() == pytest.approx([1 / 3, 3 / 4, 0])
    assert bool(index.percentile(values, others, layer)[1].isnan())
    assert index.shares_by_layer(values, layer, 2) == [1.0, 0.5]
