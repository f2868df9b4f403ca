"""What a recipe promises: a key, a description that decides the weights, and networks that fit would train."""

import json

import pytest
import torch

from helpers.models.stacks.perceptron import Perceptrons
from helpers.studies.jump_detection.convolutional import Convnets
from helpers.studies.jump_detection.signals import JumpTask, sample
from helpers.studies.jump_detection.stages import (
    memorising,
    memorising_sizes,
    output_initialisation,
    perceptrons,
    regularised,
    training_moments,
    written_digits,
)
from helpers.studies.jump_detection.stages.bottlenecks import JumpBottlenecks, train_side_by_side
from helpers.studies.jump_detection.stages.convnets import JumpConvnets
from helpers.studies.jump_detection.stages.memorising import MemorisingPerceptrons
from helpers.studies.jump_detection.stages.perceptrons import JumpPerceptrons
from helpers.training.evaluation import evaluate
from helpers.training.stacks import fit

TASK = JumpTask(length=12, first=4, last=9)
SMALL = dict(task=TASK, training_signals=40, validation_signals=20, batch_size=20, max_epochs=2)


@pytest.mark.parametrize(
    ("recipe", "untrained"),
    [
        (JumpPerceptrons(layers=2, **SMALL), lambda: Perceptrons((12, 12, 6), seeds=[1, 4])),
        (JumpBottlenecks(width=2, deep=False, **SMALL), lambda: Perceptrons((12, 2, 6), seeds=[1, 4])),
        (JumpBottlenecks(width=3, deep=True, **SMALL), lambda: Perceptrons((12, 25, 3, 25, 6), seeds=[1, 4])),
        (JumpConvnets(kernels=(3, 5), **SMALL), lambda: Convnets((3, 5), length=12, classes=6, seeds=[1, 4])),
    ],
)
def test_a_recipe_trains_what_fit_trains_on_the_same_signals(recipe, untrained):
    networks, history = recipe.train(seeds=[1, 4], device=torch.device("cpu"))
    expected = untrained()
    train, validation = (
        sample(TASK, count, seeds=[1, 4], purpose=name) for count, name in ((40, "train"), (20, "validation"))
    )
    plain = fit(expected, train, validation, batch_size=20, max_epochs=2, patience=40, shuffle_seeds=[1, 4])
    assert torch.equal(history.validation_loss, plain.validation_loss)
    assert all(torch.equal(tensor, expected.state_dict()[name]) for name, tensor in networks.state_dict().items())


def test_keys_and_descriptions_tell_recipes_apart():
    recipes = [JumpConvnets(kernels=(5,)), JumpConvnets(kernels=(5, 9)), JumpConvnets(kernels=(5,), rectified=True)]
    assert [recipe.key for recipe in recipes] == ["cnn-5", "cnn-5-9", "relu-cnn-5"]
    assert JumpPerceptrons(layers=3).key == "mlp-3"
    assert len({json.dumps(recipe.describe()) for recipe in recipes}) == 3


def test_bottlenecks_name_their_kind_and_where_the_bottleneck_is():
    shallow, deep = (JumpBottlenecks(width=4, deep=deep) for deep in (False, True))
    assert (shallow.key, deep.key) == ("bottleneck-shallow-4", "bottleneck-deep-4")
    for recipe in (shallow, deep):
        networks = recipe.build(seeds=[0], device=torch.device("cpu"))
        assert networks.layers[recipe.bottleneck].weight.shape[2] == 4


@pytest.mark.parametrize("deep", [False, True])
def test_widths_trained_side_by_side_are_what_each_comes_to_alone(deep):
    settings = SMALL | {"max_epochs": 40, "patience": 3, "learning_rate": 0.5}
    recipes = [JumpBottlenecks(width=width, deep=deep, **settings) for width in (2, 5, 3)]
    together = train_side_by_side(recipes, seeds=[1, 4], device=torch.device("cpu"))
    assert len({int(epoch) for _, history in together for epoch in history.best_epoch}) > 1
    for recipe, (networks, history) in zip(recipes, together, strict=True):
        expected, alone = recipe.train(seeds=[1, 4], device=torch.device("cpu"))
        assert torch.equal(history.best_epoch, alone.best_epoch)
        assert history.epochs == alone.epochs
        assert torch.allclose(history.validation_loss, alone.validation_loss, atol=1e-4, equal_nan=True)
        assert networks.sizes == expected.sizes
        for name, tensor in networks.state_dict().items():
            assert torch.allclose(tensor, expected.state_dict()[name], atol=1e-3)


@pytest.mark.parametrize("deep", [False, True])
def test_a_width_is_the_same_to_the_bit_whichever_others_are_trained_with_it(deep):
    recipes = [JumpBottlenecks(width=width, deep=deep, **SMALL | {"learning_rate": 0.5}) for width in (2, 5, 3)]
    together = train_side_by_side(recipes, seeds=[1, 4], device=torch.device("cpu"))
    ((alone, history),) = train_side_by_side(recipes[:1], seeds=[1, 4], device=torch.device("cpu"))
    assert all(torch.equal(*pair) for pair in zip(alone.parameters(), together[0][0].parameters(), strict=True))
    assert torch.equal(history.validation_loss, together[0][1].validation_loss)


def test_side_by_side_are_only_networks_that_differ_in_width():
    recipes = [JumpBottlenecks(width=2, deep=deep, **SMALL) for deep in (False, True)]
    message = "the recipes differ in more than their width; side by side they can differ in nothing else"
    with pytest.raises(ValueError, match=f"^{message}$"):
        train_side_by_side(recipes, seeds=[0], device=torch.device("cpu"))


def test_a_bottleneck_without_units_is_refused():
    with pytest.raises(ValueError, match=r"^width = 0: a bottleneck has at least 1 unit$"):
        JumpBottlenecks(width=0, deep=True)


def test_memorising_networks_are_the_first_seeds_with_false_labels_of_their_signals():
    recipe = MemorisingPerceptrons(
        networks=2, layers=2, task=TASK, training_signals=16, learning_rate=0.1, batch_size=8, max_epochs=2_000
    )
    cpu = torch.device("cpu")
    networks, result = recipe.train(seeds=[1, 4, 6], device=cpu)
    false, true = recipe.signals(seeds=[1, 4, 6], device=cpu), sample(TASK, 16, seeds=[1, 4], purpose="train")
    assert networks.seeds == (1, 4)
    assert torch.equal(false.x, true.x)
    assert not torch.equal(false.label, true.label)
    assert (result.epochs < 2_000).all()
    assert float(evaluate(networks, false).error.max()) == 0 < float(evaluate(networks, true).error.min())
    untrained = recipe.build(seeds=[1, 4, 6], device=cpu)
    learning = JumpPerceptrons(layers=2, task=TASK).build(seeds=[1, 4], device=cpu)
    assert torch.equal(untrained.layers[0].weight, learning.layers[0].weight)


def test_narrow_memorising_networks_have_the_signals_of_the_wide_ones():
    made = memorising_sizes.recipes(SMOKE)
    assert list(made) == ["memorising-4-width-10", "memorising-4-width-25", "memorising-4-width-50"]
    narrow, wide = made["memorising-4-width-25"], memorising.recipes(SMOKE)["memorising-4"]
    assert narrow.build(seeds=[3], device=CPU).sizes == (100, 25, 25, 25, 60)
    assert wide.build(seeds=[3], device=CPU).sizes == (100, 100, 100, 100, 60)
    for mine, its in zip(*(recipe.signals(seeds=[3], device=CPU) for recipe in (narrow, wide)), strict=True):
        assert torch.equal(mine, its)


CPU = torch.device("cpu")
SMOKE = {"scale": "smoke", "seeds": 2, "jump": 3.0, "noise_std": 1.0, "dropout": 0.2}


def test_the_long_training_is_that_of_the_first_seeds_without_an_early_end():
    recipe = perceptrons.LongPerceptrons(layers=2, networks=1, **SMALL)
    networks, history = recipe.train(seeds=[1, 4], device=CPU)
    assert networks.seeds == (1,)
    _, alone = JumpPerceptrons(layers=2, **{**SMALL, "patience": None}).train(seeds=[1], device=CPU)
    assert torch.equal(history.train_loss, alone.train_loss)


def test_moments_of_one_training_are_what_trainings_of_that_length_come_to():
    recipes = training_moments.recipes(SMOKE)
    last = recipes["memorising-4-at-2"]
    _, at_two = training_moments.train_together([recipes["memorising-4-at-1"], last], seeds=[3], device=CPU)
    alone, _ = last.train(seeds=[3], device=CPU)
    straight = MemorisingPerceptrons(networks=1, task=last.memorising.task, training_signals=600, max_epochs=2)
    expected, _ = straight.train(seeds=[3], device=CPU)
    for networks in (at_two[0], alone):
        assert all(torch.equal(*pair) for pair in zip(networks.parameters(), expected.parameters(), strict=True))


def test_true_labels_are_learned_by_heart_from_the_same_signals():
    made = memorising.recipes(SMOKE)
    false, true = (made[key].signals(seeds=[3], device=CPU) for key in ("memorising-4", "by-heart-4"))
    assert torch.equal(false.x, true.x) and not torch.equal(false.label, true.label)
    assert torch.equal(true.label, sample(JumpTask(), 600, seeds=[3], purpose="train").label)


def test_other_output_layers_share_signals_and_end_at_the_target():
    recipe = JumpBottlenecks(width=2, deep=False, **SMALL | {"max_epochs": 30, "learning_rate": 0.1})
    _, usual = recipe.train(seeds=[1, 4], device=CPU)
    target = output_initialisation.target(usual)
    assert target == pytest.approx((1.02 * usual.validation_loss.nan_to_num(torch.inf).amin(1)).tolist())
    begun = output_initialisation.FromOutputLayers(usual=recipe, target=target, max_epochs=6)
    networks, history = begun.train(seeds=[1, 4], device=CPU)
    assert len(networks.seeds) == 2 * len(output_initialisation.BEGINNINGS)
    ends = (~history.validation_loss.isnan()).sum(1)
    reached = history.validation_loss.nan_to_num(torch.inf).amin(1) <= torch.tensor(target * 4, dtype=torch.float64)
    assert ((ends == 6) | reached).all()


def test_variants_see_scaled_signals_only_where_they_say_so():
    made = regularised.recipes(SMOKE)
    signals = sample(JumpTask(), 600, seeds=[3], purpose="train")
    assert made["dropout"].shown(signals, seeds=[3]) is signals
    scaled = made["preprocessed"].shown(signals, seeds=[3]).x
    assert float(scaled.mean()) == pytest.approx(0, abs=1e-5) and float(scaled.std()) == pytest.approx(1, abs=1e-5)
    for recipe in made.values():
        networks, history = recipe.train(seeds=[3, 8], device=CPU)
        assert networks.seeds == (3,) and history.epochs == 3


def test_written_digits_are_those_that_are_here():
    recipe = written_digits.recipes(SMOKE)["digits-5"]
    assert recipe.images == "small" and recipe.source in str(recipe.describe())
    networks, _ = recipe.train(seeds=[3, 8], device=CPU)
    assert networks.sizes == (64, 64, 64, 64, 64, 10)
