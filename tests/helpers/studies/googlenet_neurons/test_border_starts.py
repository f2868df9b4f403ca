"""Five starts of the images of border-aware units: two of one stage, three of another."""

import torch

from helpers.studies.googlenet_neurons.stages import border_images, border_starts
from helpers.studies.googlenet_neurons.subject import subject
from tests.helpers.posing import posing

VALUES = {"model": "googlenet", "layer": "auto", "scale": "laptop", "seed": 5, "device": "cpu"}


def test_three_more_starts_are_of_the_units_with_the_highest_scores_alone():
    units = sum(branch.units for branch in subject(VALUES).kernel_sets())
    read = {"natural": posing(object, history=posing(object, mean=torch.arange(float(units))))}
    before = border_images.recipes(VALUES, read)
    more = border_starts.recipes(VALUES, read)
    assert more

    def count(recipes):
        return sum(len(units) for recipe in recipes for _, units in recipe.layers)

    studys = {key.split("_", 1)[1]: recipe for key, recipe in before.items() if key.startswith(border_images.STUDYS)}
    assert 2 * count(more.values()) == count(studys.values()), "half of those are the ordinary ones"
    seeds = {recipe.seed for recipe in before.values()}
    for key, recipe in more.items():
        own = studys[key.split("_", 1)[1]]
        assert recipe.key == key and recipe.starts == border_starts.STARTS == 3 and recipe.seed not in seeds
        assert recipe.setting == own.setting and recipe.directions == own.directions
        chosen, first = dict(own.layers), dict(zip((name for name, _ in own.layers), own.first, strict=True))
        for (name, units), begins in zip(recipe.layers, recipe.first, strict=True):
            assert set(units) <= set(chosen[name]) and begins == first[name]
