import torch

from helpers.studies.net_fragments import training
from helpers.studies.net_fragments.digits import digits
from helpers.studies.net_fragments.networks import FragmentNetworks
from helpers.studies.net_fragments.stages import encoders, regularised

SMOKE = {"scale": "smoke", "seeds": 3, "l1": 0.1, "weight_decay": 1.0, "noise": 0.05, "dropout": 0.25}
SMOKE |= {"samples_per_epoch": 10_000, "epochs": 10}


def test_the_encoders_recipe_trains_what_it_builds():
    recipe = encoders.FragmentEncoders(samples_per_epoch=20, epochs=1)
    trained, _ = recipe.train(seeds=[0], device=torch.device("cpu"))
    built = recipe.build(seeds=[0], device=torch.device("cpu"))
    assert trained.numbers == list(range(1, 12))
    shapes = [{name: tensor.shape for name, tensor in one.state_dict().items()} for one in (trained, built)]
    assert shapes[0] == shapes[1]
    alone = FragmentNetworks(8, seeds=[0])
    training.fit(alone, samples_per_epoch=20, epochs=1)
    assert torch.equal(trained[8].networks(1)(digits()), alone(digits()))


def test_fewer_samples_are_shown_to_the_first_five_seeds():
    made = encoders.recipes(SMOKE | {"seeds": 7})
    assert set(made) == {"usual", "32 samples", "64 samples"}
    few = made["32 samples"].build(seeds=range(7), device=torch.device("cpu"))
    assert few[1].seeds == (0, 1, 2, 3, 4)


def test_a_regularised_model_is_what_its_training_comes_to():
    recipe = regularised.recipe(8, training.Regularisation(noise=0.05), SMOKE)
    networks, _ = recipe.train(seeds=[4], device=torch.device("cpu"))
    expected = FragmentNetworks(8, seeds=[4])
    how = training.Regularisation(noise=0.05)
    training.fit(expected, treatment=how, samples_per_epoch=64, epochs=1)
    assert torch.equal(networks(digits()), expected(digits()))


def test_keys_tell_trainings_apart_and_the_same_training_is_made_once():
    made = regularised.recipes(SMOKE)
    assert len({str(recipe.describe()) for recipe in made.values()}) == len(made)
    ways, harder = regularised.ways(SMOKE), regularised.harder(SMOKE)
    assert len(made) == len(regularised.numbers(SMOKE)) * len(ways) + len(harder)
