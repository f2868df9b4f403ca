import torch

from helpers.studies.net_fragments import training
from helpers.studies.net_fragments.digits import compose, digits
from helpers.studies.net_fragments.networks import FragmentNetworks
from helpers.studies.net_fragments.stages import encoders, regularised

SMOKE = {"scale": "smoke", "seeds": 3, "samples_per_epoch": 10_000, "epochs": 10}


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


def test_other_recipes_differ_from_the_usual_one_in_one_thing():
    made = encoders.recipes(SMOKE | {"seeds": 12})
    usual = made["usual"].describe()
    changed = {key: {k: v for k, v in one.describe().items() if v != usual[k]} for key, one in made.items()}
    assert changed["10 samples"] == {"samples_per_epoch": 10}
    assert changed["open layout"] == {"layout": "open", "networks": 10}
    assert changed["head of 24"] == {"head_units": 24, "networks": 10}


def test_the_other_layout_is_trained_on_its_digits_and_heads_have_their_size():
    recipe = encoders.FragmentEncoders(samples_per_epoch=20, epochs=1, layout="open", head_units=5)
    trained, _ = recipe.train(seeds=[0], device=torch.device("cpu"))
    alone = FragmentNetworks(9, seeds=[0], head_units=5)
    training.fit(alone, images=digits("open"), samples_per_epoch=20, epochs=1)
    kept = trained[9].activations(1, "head")
    torch.testing.assert_close(kept, alone.activations(digits("open"))["head"], rtol=1e-2, atol=1e-3)


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
    tried = 1 + sum(len(some) for some in regularised.strengths(SMOKE).values())
    tasks = len(regularised.tasks(SMOKE)) * len(regularised.task_models(SMOKE))
    assert len(made) == len(regularised.numbers(SMOKE)) * tried + tasks


def test_compositions_are_different_and_a_longer_list_begins_with_the_shorter():
    few, many = regularised.chosen(10), regularised.chosen(300)
    assert torch.equal(many[:10], few)
    assert len({tuple(one) for one in many.tolist()}) == 300
    assert many.any(1).all()


def test_a_network_of_many_classes_is_trained_on_its_compositions():
    recipe = regularised.recipe(9, training.Regularisation(), SMOKE, compositions=40)
    networks, _ = recipe.train(seeds=[4], device=torch.device("cpu"))
    expected = FragmentNetworks(9, seeds=[4], classes=40)
    training.fit(expected, images=compose(regularised.chosen(40)), samples_per_epoch=64, epochs=1)
    assert torch.equal(networks(digits()), expected(digits()))
