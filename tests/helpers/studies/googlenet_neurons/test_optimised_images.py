"""The stage optimises images of a stated sample of units."""

from dataclasses import replace

import pytest
import torch

from helpers.ascent.unit_response import Responses
from helpers.pages import stages
from helpers.studies.googlenet_neurons.images import natural_images
from helpers.studies.googlenet_neurons.optimised import MAXIMUM, MINIMUM, images, in_branch, of_stage, units_in
from helpers.studies.googlenet_neurons.optimising import sample
from helpers.studies.googlenet_neurons.random_pattern_recipes import by_block
from helpers.studies.googlenet_neurons.stages import (
    optimisation_checks,
    optimised_images,
    random_extremes,
    random_images,
    single_transforms,
)
from helpers.studies.googlenet_neurons.subject import subject

VALUES = {"model": "googlenet", "layer": "mixed3a,mixed5a_5x5", "scale": "smoke", "seed": 0, "device": "cpu"}


@pytest.fixture(autouse=True)
def without_assets(monkeypatch, tmp_path):
    monkeypatch.delenv("HELPERS_ASSETS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_scores_are_those_of_the_kept_images_and_units_lie_in_their_branches(tmp_path):
    found = of_stage(stages.make(optimised_images, VALUES, seeds=[0], device=torch.device("cpu"), folder=tmp_path))
    assert list(found) == ["mixed3a", "mixed5a"]
    seen = subject(VALUES)
    branch = seen.block("mixed3a").branches[1]
    own = found["mixed3a"]
    inside = in_branch(own, branch)
    assert own.unit[inside].tolist() == [branch.first + unit for unit in units_in(own, branch)]
    responses = Responses(seen.loaded.network, seen.loaded.preprocessing, branch.convolution)
    for direction in (MAXIMUM, MINIMUM):
        maps = responses.maps(images(own, direction)[inside], torch.tensor(units_in(own, branch)))
        torch.testing.assert_close(own.score[inside, direction, 0], maps.mean((1, 2)), rtol=1e-4, atol=1e-4)
        extreme = maps.amax((1, 2)) if direction == MAXIMUM else maps.amin((1, 2))
        torch.testing.assert_close(own.peak[inside, direction, 0], extreme, rtol=1e-4, atol=1e-4)
    five = found["mixed5a"].unit
    assert all(number in seen.block("mixed5a").branches[0].numbers for number in five.tolist())


def test_the_sample_of_every_layer_is_spread_over_its_branches_and_large_enough():
    seen = subject({**VALUES, "layer": "auto"})
    blocks = [sample(block, 60, least=6, seed=0) for block in seen.blocks]
    assert blocks[0] == sample(seen.blocks[0], 60, least=6, seed=0) != sample(seen.blocks[0], 60, least=6, seed=1)
    for block, chosen in zip(seen.blocks, blocks, strict=True):
        for branch in block.branches:
            units = chosen[branch.convolution]
            share = 60 * branch.units / block.units
            assert len(units) == len(set(units)) and set(units) <= set(range(branch.units))
            assert abs(len(units) - share) <= 0.5 or len(units) == min(6, branch.units)
            assert list(units) == sorted(units)


def test_of_a_network_of_many_layers_some_are_taken_from_first_to_last():
    plain = list(subject({**VALUES, "layer": "auto"}).blocks)
    assert [block.name for block in optimised_images.spread(plain, 3)] == ["mixed3a", "mixed4c", "mixed5b"]
    assert optimised_images.spread(plain, 10**6) == plain


def test_random_networks_have_images_of_their_own_as_many_of_each_block(tmp_path):
    values = {**VALUES, "layer": "mixed3a_pool_reduce,mixed3a_5x5,mixed5a_3x3"}
    made = stages.make(random_images, values, seeds=[0], device=torch.device("cpu"), folder=tmp_path)
    (found,) = of_stage(made).values()
    seen = subject(values)
    five, pool, three = seen.branches
    assert found.unit.tolist() == [0, 1, pool.units + five.units, pool.units + five.units + 1]
    blocks = by_block(seen, found)
    assert {name: each.unit.tolist() for name, each in blocks.items()} == {
        "mixed3a": [five.first, five.first + 1],
        "mixed5a": [three.first, three.first + 1],
    }
    random = seen.with_random_weights(0).loaded
    responses = Responses(random.network, random.preprocessing, three.convolution)
    maps = responses.maps(images(blocks["mixed5a"]), torch.tensor([0, 1]))
    torch.testing.assert_close(blocks["mixed5a"].score[:, 0, 0], maps.mean((1, 2)), rtol=1e-4, atol=1e-4)


def test_random_networks_have_minima_and_responses_of_the_units_with_maxima(tmp_path):
    values = {**VALUES, "layer": "mixed3a_3x3,mixed4a_5x5", "images": "auto"}
    maxima = optimisation_checks.recipes(values)["random_0"]
    made = stages.make(random_extremes, values, seeds=[0], device=torch.device("cpu"), folder=tmp_path)
    assert list(made) == ["minimum_0", "natural_0"]
    minima, natural = (each.history for each in made.values())
    branches = subject(values).branches
    assert [len(units) for _, units in maxima.layers] == [1, 1]
    inside = [units[0] for _, units in maxima.layers]
    assert minima.unit.tolist() == natural.place.tolist() == [inside[0], branches[0].units + inside[1]]
    random = subject(values).with_random_weights(0).loaded
    opened = natural_images(values, random).open(0)
    (first,) = opened.at([0]).batches(1, progress=False)
    for row, (branch, unit) in enumerate(zip(branches, inside, strict=True)):
        responses = Responses(random.network, random.preprocessing, branch.convolution)
        maps = responses.maps(images(minima)[row : row + 1], torch.tensor([unit]))
        torch.testing.assert_close(minima.score[row, 0], maps.mean((1, 2)), rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(minima.peak[row, 0], maps.amin((1, 2)), rtol=1e-4, atol=1e-4)
        of_photo = responses.maps(first.x, torch.tensor([unit]))
        torch.testing.assert_close(natural.value[0, row, :1], of_photo.amax((1, 2)), rtol=1e-3, atol=1e-3)


def test_units_of_a_block_are_dealt_to_its_branches_with_large_kernels():
    seen = subject({**VALUES, "layer": "auto"})
    units = random_images.units_of(seen, blocks=9, count=3)
    assert len(units) == 18 and units["mixed3a_3x3_pre_relu"] == (0, 1) and units["mixed5b_5x5_pre_relu"] == (0,)
    assert random_images.units_of(subject({**VALUES, "layer": "mixed3a_1x1"}), blocks=9, count=3) == {}


def test_single_transforms_are_the_waves_of_the_checks_with_one_transform_each(tmp_path):
    values = {**VALUES, "layer": "mixed3a_3x3"}
    waves = optimisation_checks.recipes(values)["fourier"]
    made_of = single_transforms.recipes(values)
    assert list(made_of) == ["shifts", "scales", "turns"]
    for key, recipe in made_of.items():
        assert replace(recipe, key=waves.key, setting=replace(recipe.setting, views=None)) == waves
        drawn = recipe.setting.views.draw(torch.arange(50), torch.zeros(50, dtype=torch.long), 0)
        moves = {"shifts": drawn.first, "scales": drawn.scale - 1, "turns": drawn.sine}
        assert {name for name, each in moves.items() if bool((each != 0).any())} == {key}
    made = stages.make(
        single_transforms, values, seeds=[0], device=torch.device("cpu"), folder=tmp_path, only=["turns"]
    )
    found = of_stage(made)["turns"]
    seen = subject(values)
    responses = Responses(seen.loaded.network, seen.loaded.preprocessing, seen.branches[0].convolution)
    maps = responses.maps(images(found), found.unit)
    torch.testing.assert_close(found.score[:, MAXIMUM, 0], maps.mean((1, 2)), rtol=1e-4, atol=1e-4)
