"""What a recipe promises: a key, a description that decides the weights, and networks that fit would train."""

import json

import pytest
import torch

from helpers.models.stacks.perceptron import Perceptrons
from helpers.studies.jump_detection.convolutional import Convnets
from helpers.studies.jump_detection.recipes import (
    JumpBottlenecks,
    JumpConvnets,
    JumpPerceptrons,
    MemorisingPerceptrons,
    train_side_by_side,
)
from helpers.studies.jump_detection.signals import JumpTask, sample
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
    history = fit(expected, train, validation, batch_size=20, max_epochs=2, patience=40, shuffle_seeds=[1, 4])
    assert torch.equal(history.validation_loss, history.validation_loss)
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
        expected, history = recipe.train(seeds=[1, 4], device=torch.device("cpu"))
        assert torch.equal(history.best_epoch, history.best_epoch)
        assert history.epochs == history.epochs
        assert torch.allclose(history.validation_loss, history.validation_loss, atol=1e-4, equal_nan=True)
        assert networks.sizes == expected.sizes
        for name, tensor in networks.state_dict().items():
            assert torch.allclose(tensor, expected.state_dict()[name], atol=1e-3)


def test_side_by_side_are_only_networks_that_differ_in_width():
    recipes = [JumpBottlenecks(width=2, deep=deep, **SMALL) for deep in (False, True)]
    message = "the recipes differ in more than their width; side by side they can differ in nothing else"
    with pytest.raises(ValueError, match=f"^{message}$"):
        train_side_by_side(recipes, seeds=[0], device=torch.device("cpu"))


def test_a_bottleneck_without_units_is_refused():
    with pytest.raises(ValueError, match=r"^width = 0: a bottleneck has at least 1 unit$"):
        JumpBottlenecks(width=0, deep=True)


def test_memorising_networks_are_the_first_seeds_learning_false_labels_of_the_same_signals():
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
