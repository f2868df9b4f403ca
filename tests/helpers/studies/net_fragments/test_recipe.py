import torch

from helpers.studies.net_fragments.digits import digits
from helpers.studies.net_fragments.networks import FragmentNetworks
from helpers.studies.net_fragments.recipe import FragmentEncoders
from helpers.studies.net_fragments.training import fit


def test_the_recipe_trains_what_it_builds():
    recipe = FragmentEncoders(samples_per_epoch=20, epochs=1)
    trained, _ = recipe.train(seeds=[0], device=torch.device("cpu"))
    built = recipe.build(seeds=[0], device=torch.device("cpu"))
    assert trained.numbers == list(range(1, 12))
    shapes = [{name: tensor.shape for name, tensor in one.state_dict().items()} for one in (trained, built)]
    assert shapes[0] == shapes[1]
    alone = FragmentNetworks(8, seeds=[0])
    fit(alone, samples_per_epoch=20, epochs=1)
    assert torch.equal(trained[8].networks(1)(digits()), alone(digits()))
