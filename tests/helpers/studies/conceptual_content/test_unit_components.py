"""The stage of components: units one by one, against the same measures of patches that are cut by hand."""

from dataclasses import replace

import pytest
import torch

from helpers.hooks.patches import corners, side_of
from helpers.randomness import generator
from helpers.studies.conceptual_content import component_measures as measures
from helpers.studies.conceptual_content.patches import patches_of_units
from helpers.studies.conceptual_content.subject import subject
from helpers.studies.conceptual_content.top_lists import TopLists
from helpers.studies.conceptual_content.unit_components import ComponentsOfUnits, recipe_of_components, units_of_layers

CPU = torch.device("cpu")
TOP = 40
ALWAYS = {"principal", "k-means", "patches", "several"}  # the others are of FastICA: without convergence, of rounding


@pytest.fixture
def looked(monkeypatch):
    """Two layers of a network, and lists of images at random; unit 5 responds to five images, unit 10 to none."""
    monkeypatch.delenv("HELPERS_ASSETS", raising=False)
    values = {"model": "vgg16", "layers": "auto", "images": "patterns", "scale": "smoke", "seed": 0}
    seen = subject(values, CPU)
    seen = replace(seen, layers=[seen.layers[0], seen.layers[2]])
    units, random = sum(layer.units for layer in seen.layers), generator(0, "lists")
    number = torch.rand(1, units, len(seen.images), generator=random).argsort(dim=-1)[..., :TOP]
    number[0, 5, 5:], number[0, 10] = -1, -1
    position = torch.randint(16, (*number.shape, 2), generator=random)
    labels, classes = seen.images.labels, seen.classes
    return seen, TopLists(
        layers=seen.units, number=number, position=position, labels=labels, part_of=seen.part_of, classes=classes
    )


def test_units_together_are_as_each_by_itself(looked):
    seen, lists = looked
    recipe = ComponentsOfUnits(per_layer=3, often=1, bootstraps=2, described={}, seen=seen, lists=lists)
    _, found = recipe.train(seeds=[0], device=CPU)
    chosen = units_of_layers(seen, 3)
    assert found.unit.tolist() == [unit for units in chosen for unit in units]
    for row, unit in enumerate(found.unit.tolist()):
        if unit in (5, 10):  # too few patches for eight components
            assert found.own[row].isnan().all() and found.alone[row].isnan().all() and found.random[row].isnan().all()
            continue
        name = next(name for name, where in seen.units.items() if where.start <= unit < where.stop)
        own = patches_of_units(seen, lists, {name: [unit]})[unit][None]
        likeness = measures.of_patches(own, bootstraps=2, seed=0)
        labels = seen.images.labels[lists.number[0, unit]][None]
        alone = measures.of_unit(own, labels, bootstraps=2, seed=0)
        for column, (kind, values) in enumerate(likeness.items()):
            assert kind == measures.LIKENESS[column]
            if kind in ALWAYS or (kind != "stability" and bool(alone["converged"])):
                assert float(found.own[row, column]) == pytest.approx(float(values), rel=1e-3, abs=1e-4), kind
        for kind in ("converged", "principal stability", "classes principal"):
            assert float(found.alone[row, measures.UNIT.index(kind)]) == pytest.approx(float(alone[kind]), rel=1e-3)
        assert not found.random[row].isnan().any()
    first = [row for row, unit in enumerate(found.unit.tolist()) if unit in (chosen[0][0], chosen[1][0])]
    for row in range(len(found.unit)):  # the numbers of components of the first of each layer only
        assert (not found.numbers[row].isnan().all()) == (row in first)


def test_patches_lie_at_the_maximum_and_come_from_the_units_images(looked):
    seen, lists = looked
    unit, layer = seen.units[seen.layers[1].name].start + 2, seen.layers[1]
    patches = patches_of_units(seen, lists, {layer.name: [unit]})[unit]
    side = side_of(layer, seen.images.size)
    for k in (0, 7):
        image = next(iter(seen.images.at([int(lists.number[0, unit, k])]).batches(1, progress=False))).x[0]
        top, left = corners(layer, lists.position[0, unit, k], size=seen.images.size).tolist()
        torch.testing.assert_close(patches[k], image[:, top : top + side, left : left + side], atol=1 / 500, rtol=0)


def test_which_units_are_looked_at(looked):
    seen, lists = looked
    first, second = (layer.units for layer in seen.layers)
    assert units_of_layers(seen, 2) == [[0, first // 2], [first, first + second // 2]]
    assert [len(units) for units in units_of_layers(seen, 10_000)] == [first, second]
    recipe = recipe_of_components("laptop", seen, lists)["components"]
    assert recipe.key == "components" and recipe.describe()["per_layer"] == 24
