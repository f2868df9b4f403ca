"""What the page says of optimised images, on made-up ones with known answers and on the embedded network."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from helpers.hooks.layer_output import layer_output
from helpers.studies.googlenet_neurons import optimisation_statements as statements
from helpers.studies.googlenet_neurons.columns import optimised_images as columns
from helpers.studies.googlenet_neurons.image_likeness import (
    in_words,
    likeness,
    likenesses,
    pixel_correlations,
    place,
    profiles,
)
from helpers.studies.googlenet_neurons.natural_extremes import NaturalExtremes
from helpers.studies.googlenet_neurons.optimising import Optimised
from helpers.studies.googlenet_neurons.saliency import fall_without, gradient_error, has_classes, saliency
from helpers.studies.googlenet_neurons.stages import optimisation_checks
from helpers.studies.googlenet_neurons.subject import subject

VALUES = {"model": "googlenet", "layer": "auto", "scale": "smoke", "seed": 0, "device": "cpu"}


@pytest.fixture(autouse=True)
def without_assets(monkeypatch):
    monkeypatch.delenv("HELPERS_ASSETS", raising=False)


@pytest.fixture(scope="module")
def seen():
    return subject(VALUES)


def made(units, *, directions=1, starts=1, size=32, looks=0, **other):
    """Noise as images, and scores that count upwards."""
    shape = (len(units), directions, starts)
    random = torch.Generator().manual_seed(sum(units) + size)
    score = torch.arange(1.0, 1 + math.prod(shape)).reshape(shape)
    whole = dict(
        unit=torch.tensor(units),
        image=torch.randint(0, 256, (*shape, 3, size, size), generator=random, dtype=torch.uint8),
        score=score,
        peak=2 * score,
        first=torch.zeros(shape),
        history=torch.zeros(*shape, 4),
        restarts=torch.zeros(shape[:2], dtype=torch.long),
        dead=torch.zeros(shape[:2], dtype=torch.bool),
        look_image=torch.zeros(*shape, looks, 3, size, size, dtype=torch.uint8),
        look_score=torch.ones(*shape, looks),
    )
    return Optimised(**{**whole, **other})


def test_settings_are_called_in_words():
    names = ["pad_0", "pad_12", "centre", "float32", "canvas_224", "other units"]
    words = ["no padding", "padding of 12", "middle of the map", "32-bit numbers", "canvas of 224", "other units"]
    assert [in_words(name) for name in names] == words


def test_a_unit_has_its_place_among_all_branches(seen):
    count = 0
    for branch in seen.branches:
        assert place(seen, count) == (branch, 0) and place(seen, count + branch.units - 1) == (branch, branch.units - 1)
        count += branch.units
    with pytest.raises(KeyError):
        place(seen, count)


def test_likeness_is_the_correlation_of_mean_responses_without_the_unit_itself(seen):
    branch = seen.branches[1]
    pictures = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    network, inputs = seen.loaded.network, seen.loaded.preprocessing
    a, b, grey = (
        layer_output(network, branch.convolution, inputs(each[None]))[0].mean((1, 2)).numpy()
        for each in (*pictures, torch.full((3, 32, 32), 0.5))
    )
    found = profiles(seen, branch, pictures)
    expected = np.corrcoef(np.delete(a - grey, 3), np.delete(b - grey, 3))[0, 1]
    assert likeness(*found, without=3) == pytest.approx(expected, abs=1e-4)


def test_the_same_picture_is_alike_and_every_setting_is_compared(seen):
    units = [seen.places(seen.branches[1]).start, seen.places(seen.branches[2]).start]
    base = made(units, starts=3)
    same = made(units, image=base.image[:, :, :1])
    checks = dict.fromkeys(("long", "pad_0", "centre", "canvas_40", "batch_1", "float32"), same) | {"starts": base}
    found = likenesses(seen, checks)
    assert found["other settings"] == pytest.approx([1, 1], abs=1e-5) == found["more steps"]
    assert max(found["other starts"]) < 1 and max(found["other units"]) < 1
    pixels = pixel_correlations(checks)
    assert pixels["other batches"] == pytest.approx([1, 1], abs=1e-5)
    a, b, c = base.image[0, 0].double().flatten(1).numpy()
    assert pixels["other starts"][0] == pytest.approx((np.corrcoef(a, b) + np.corrcoef(a, c))[0, 1] / 2, abs=1e-5)


def test_groups_by_depth_are_means_of_the_units_dealt_to_them(seen):
    three, five = seen.block("mixed3a").branches[1:3]
    units = [0, *range(three.first, three.first + 5), five.first]
    deep = seen.block("mixed4a").branches[1]
    found = {"mixed3a": made(units), "mixed4a": made([deep.first, deep.first + 1, deep.first + 2])}
    numbers = [seen.places(three).start + k for k in range(2)] + [seen.places(deep).start + k for k in range(2)]
    checks = {"random_0": made(numbers), "early": made([0, 1, 2, 3]), "early_random_0": made([0, 1, 2, 3])}

    def bright(pictures):
        return pictures.mean((1, 2, 3))

    depth = statements.by_depth(seen, found, checks, bright)
    own = [float(each.float().mean()) / 255 for each in found["mixed3a"].image[1:, 0, 0]]  # the first unit is of 1×1
    assert depth.layers["1"] == pytest.approx([np.mean(own[0::2]), np.mean(own[1::2])])
    assert set(depth.layers) == {"1", "2"} == set(depth.random)
    assert [len(each) for each in (depth.random["1"], *depth.early.values(), *depth.early_random.values())] == [2] * 5
    assert depth.early["blocks"] == pytest.approx(np.mean([depth.layers["1"], depth.layers["2"]], axis=0))


def test_shares_are_counted_layer_by_layer(seen):
    first = made([0, 1], directions=2, score=torch.tensor([[[3.0], [-1.0]], [[3.0], [1.0]]]))
    first = replace(first, restarts=torch.tensor([[0, 2], [0, 0]]))
    assert statements.below_zero({"mixed3a": first}) == [0.5]
    assert statements.begun_anew({"mixed3a": first}) == [0.25]
    begun = made([0, 1, seen.places(seen.branches[4]).start], peak=torch.tensor([1.0, -1, -2]).reshape(3, 1, 1))
    assert statements.silent_at_the_start(seen, begun) == [0.5, 1.0]
    long = made([0], looks=2, look_score=torch.tensor([[[[1.0, 3.0]]]]), score=torch.full((1, 1, 1), 4.0))
    assert statements.share_of_the_end(long, (1, 8, 64), 8) == [0.75]


def test_regularised_images_are_measured_variant_by_variant():
    checks = {key: made([0, 1]) for key in ("starts", "fourier", "transforms", "none")}
    found = statements.regularised(checks, torch.rand(2, 3, 24, 24))
    assert {len(values) for measure in found.values() for values in measure.values()} == {2}
    assert set(statements.with_and_without(found["fine"])) == {"with", "without"}


def test_single_transforms_are_compared_with_all_and_with_none():
    checks = {key: made([0, 1]) for key in ("starts", "fourier")}
    alone = {name: made([0, 1], size=size) for name, size in zip(statements.ALONE, (24, 28, 32), strict=True)}
    found = statements.one_by_one(checks, alone, torch.rand(2, 3, 24, 24))
    assert list(found["fine"]) == ["all", "shifts", "scales", "turns", "none"]
    values = {"all": [1.0, 2], "shifts": [3.0, 1], "scales": [2.0, 4], "turns": [6.0, 2], "none": [5.0, 5]}
    assert statements.with_and_without(values, "turns", "none") == {"with": [6, 2], "without": [5, 5]}
    assert statements.resampled_or_shifted(values) == {"scales and turns": [4, 3], "shifts": [3, 1]}
    assert statements.all_or_best(values) == {"all": [1, 2], "best alone": [3, 1]}
    assert statements.one_or_none(values)["one transform"] == pytest.approx([11 / 3, 7 / 3])


def test_climbs_are_shares_of_the_end_layer_by_layer(seen):
    first, deep = (seen.places(seen.block(name).branches[1]).start for name in ("mixed3a", "mixed4a"))
    long = made(
        [first, first + 1, deep],
        looks=2,
        look_score=torch.tensor([[1.0, 3], [2, 2], [1, 4]]).reshape(3, 1, 1, 2),
        score=torch.tensor([4.0, 2, 8]).reshape(3, 1, 1),
    )
    found = statements.climbs(seen, long)
    assert {name: each.tolist() for name, each in found.items()} == {
        "mixed3a": [[0.25, 0.75, 1], [1, 1, 1]],
        "mixed4a": [[0.125, 0.5, 1]],
    }
    assert statements.steps_by_depth(found, 1) == {"1": [0.75], "2": [0.5]}
    starts = made([first, first + 1, deep], starts=2, score=torch.tensor([[2.0, 4], [1, 2], [8, 4]])[:, None])
    assert statements.starts_at(seen, starts, long)["mixed3a"].tolist() == [[0.5, 1], [0.5, 1]]


def test_columns_stand_at_the_units_of_the_sample_and_nowhere_else(seen):
    three = seen.block("mixed3a").branches[1]
    own = made([three.first + 2], directions=2)
    beside = {
        "mixed3a": {
            "optimised_maximum": torch.tensor([0.5, 3]),
            "optimised_minimum": torch.tensor([0.5, 1, 2, 3]),
            "optimised_over_natural": torch.tensor([float("inf"), 1, 2, 3]),
        }
    }
    found = columns.values(seen, {"mixed3a": own}, {"mixed3a": torch.tensor([4.0])}, beside)
    where = seen.places(three).start + 2
    assert {name: float(values[where]) for name, values in found.items()} == {
        "optimised_maximum": 1,
        "optimised_minimum": 2,
        "optimised_maximum_percentile": 0.5,
        "optimised_minimum_percentile": 0.625,
        "optimised_over_natural": 4,
        "optimised_over_natural_percentile": 0.75,
        "optimised_restarts": 0,
    }
    assert set(found) == set(columns.COLUMNS)
    assert all(int((~values.isnan()).sum()) == 1 for values in found.values())
    silent = columns.values(seen, {"mixed3a": own}, {"mixed3a": torch.tensor([float("nan")])}, beside)
    assert silent["optimised_over_natural_percentile"].isnan().all()
    alone = columns.values(seen, {"mixed3a": own}, {"mixed3a": torch.tensor([4.0])}, {})
    assert all(alone[name].isnan().all() for name in alone if name.endswith("percentile"))


def test_measures_of_random_networks_are_joined_by_block_without_those_that_are_not_there(seen):
    first, deep = (seen.places(seen.block(name).branches[1]).start for name in ("mixed3a", "mixed4a"))
    units = [first, first + 1, deep]
    maxima = made(units, score=torch.tensor([1.0, 2, 3])[:, None, None], peak=torch.tensor([6.0, -1, 8])[:, None, None])
    minima = made(units, score=torch.tensor([-1.0, -2, -3])[:, None, None])
    value = torch.tensor([[[2.0, 3], [-1, -2], [-1, float("nan")]], [[0, 0], [0, 0], [0, 0]]])
    natural = NaturalExtremes(torch.tensor(units), value, torch.zeros(2, 3, 2, 2, dtype=torch.int16))
    found = columns.of_random(seen, [(maxima, minima, natural)] * 2)
    assert {block: {name: own.tolist() for name, own in each.items()} for block, each in found.items()} == {
        "mixed3a": {
            "optimised_maximum": [1, 2, 1, 2],
            "optimised_minimum": [-1, -2, -1, -2],
            "optimised_over_natural": [2, 2],  # nothing excites the second unit
        },
        "mixed4a": {
            "optimised_maximum": [3, 3],
            "optimised_minimum": [-3, -3],
            "optimised_over_natural": [float("inf"), float("inf")],
        },
    }


def test_saliency_is_the_largest_derivative_and_the_gradient_is_right(seen):
    picture = torch.rand(3, 48, 48, generator=torch.Generator().manual_seed(0))
    assert has_classes(seen.loaded, 48)
    found = saliency(seen.loaded, picture)
    x = picture[None].clone().requires_grad_()
    scores = seen.loaded.network(seen.loaded.preprocessing(x))[0]
    (gradient,) = torch.autograd.grad(scores[scores.argmax()], x)
    torch.testing.assert_close(found, gradient[0].abs().max(0).values)
    assert gradient_error(seen, "mixed4a_3x3_pre_relu", 0, picture, seed=0) < 0.01
    assert next(seen.loaded.network.parameters()).dtype == torch.float32


def test_without_the_units_of_largest_worth_the_score_falls_as_with_their_weights_at_zero(seen):
    picture = torch.rand(3, 48, 48, generator=torch.Generator().manual_seed(0))
    found = fall_without(seen, "mixed5b", picture, seed=0)
    network, x = seen.loaded.network, seen.loaded.preprocessing(picture[None])
    response = layer_output(network, "mixed5b", x)[0]
    with torch.no_grad():
        scores = network(x)[0]
        weight = network.fc.weight[scores.argmax()]
        worth = response.mean((1, 2)) * weight  # behind this layer stand a mean and a matrix alone
        expected = worth.sort(descending=True).values[:10].sum() / scores.std()
    assert found["attributed units"] == pytest.approx(float(expected), rel=1e-3)
    assert found["random units"] < found["attributed units"]


def test_checks_look_at_units_of_the_sample_and_vary_one_thing_each(seen):
    made_of = optimisation_checks.recipes(VALUES)
    few = made_of["starts"].layers
    sampled = dict(made_of["begun"].layers)
    assert all(set(units) <= set(sampled[layer]) for layer, units in few)
    assert made_of["none"].setting.views is None and not made_of["none"].setting.fourier
    assert made_of["pad_0"].setting.views.pad == 0 and made_of["batch_1"].batch == 1
    assert [name for name, _ in made_of["early"].layers] == list(optimisation_checks.EARLY)
    assert made_of["random_0"].draw == 0 and made_of["starts"].draw is None
    laptop = optimisation_checks.chosen(seen, "laptop", 0)
    assert sum(map(len, laptop.values())) == 30 and len(laptop) == 9  # of one branch in each block
