"""Features of patches against a plain run; the stage of facets on planted patches."""

import json

import pytest
import torch

from helpers.hooks.recording import record
from helpers.randomness import generator
from helpers.studies.conceptual_content import unit_facets, unit_swaps
from helpers.studies.conceptual_content.patch_features import activity_at, rooted
from helpers.studies.conceptual_content.subject import subject
from helpers.studies.conceptual_content.top_lists import TopLists

CPU = torch.device("cpu")


@pytest.fixture
def seen(monkeypatch):
    monkeypatch.delenv("HELPERS_ASSETS", raising=False)
    return subject({"model": "vgg16", "layers": "auto", "images": "patterns", "scale": "smoke", "seed": 0}, CPU)


def test_the_activity_at_positions_is_that_of_a_plain_run(seen):
    layer = seen.layers[4]
    places, position = torch.tensor([5, 2, 5, 40]), torch.tensor([[0, 1], [3, 2], [7, 7], [15, 0]])
    found = activity_at(seen.loaded, layer, seen.images, places, position, device=CPU)
    for k, (place, (row, column)) in enumerate(zip(places.tolist(), position.tolist(), strict=True)):
        x = next(iter(seen.images.at([place]).batches(1, progress=False))).x
        with torch.no_grad(), record(seen.loaded.network, [layer.name]) as outputs:
            seen.loaded.network(seen.loaded.preprocessing(x))
        torch.testing.assert_close(found[k], outputs[layer.name][0, :, row, column], rtol=1e-4, atol=1e-5)


def test_rooted_features_have_length_one_and_keep_the_order():
    found = rooted(torch.tensor([[4.0, 1.0, 0.0], [-9.0, 16.0, 0.0], [0.0, 0.0, 0.0]]))
    torch.testing.assert_close(found.norm(dim=1), torch.tensor([1.0, 1.0, 0.0]))
    torch.testing.assert_close(found[1], torch.tensor([-0.6, 0.8, 0.0]))


def test_units_with_two_kinds_of_patches_have_two_facets(seen, monkeypatch):
    """The first half of a unit's images excites other units than the second half, for every second unit."""
    layer, units, top = seen.layers[0], seen.layers[0].units, 40
    order = generator(0, "activity")

    def planted(loaded, layer, images, places, position, *, device):
        activity = torch.rand(len(places), units, generator=order)
        activity[position[:, 0] == 1, : units // 2] += 2
        activity[position[:, 0] == 2, units // 2 :] += 2
        return activity

    monkeypatch.setattr(unit_facets, "activity_at", planted)
    number = torch.arange(top).expand(1, sum(each.units for each in seen.layers), -1).clone()
    position = torch.zeros(*number.shape, 2).long()
    position[:, ::2, : top // 2, 0], position[:, ::2, top // 2 :, 0] = 1, 2
    number[:, 1, 5:] = -1  # a unit that responds to too few images
    lists = TopLists(
        layers=seen.units,
        number=number,
        position=position,
        labels=seen.images.labels,
        part_of=seen.part_of,
        classes=seen.classes,
    )
    recipe = unit_facets.FacetsOfUnits(
        per_layer=units, top=top, draws=39, nulls=5, pool=50, described={}, seen=seen, lists=lists
    )
    monkeypatch.setattr(unit_facets, "_POSITIONS", 2)
    monkeypatch.setattr(type(layer), "positions", (1, 1))
    unit, found, excess, p, *_ = recipe._layer(layer, seed=0, device=CPU)
    assert sorted(unit.tolist()) == list(range(units))
    found, excess, p = (each[unit.argsort()] for each in (found, excess, p))
    assert (found[::2] == 2).all() and found[1] == 0 and p[1].isnan() and excess[1].isnan()
    assert float((found[3::2] > 1).double().mean()) < 0.3 and float(excess[::2].min()) > 3


OWN = """
from torch import nn


def single():
    return nn.Sequential(nn.Conv2d(3, 1, 3), nn.ReLU(), nn.Conv2d(1, 4, 3), nn.ReLU())
"""


@pytest.mark.parametrize("listed", [0, 3, 10])
def test_single_units_and_short_lists_are_no_crash(tmp_path, monkeypatch, listed):
    monkeypatch.delenv("HELPERS_ASSETS", raising=False)
    (tmp_path / "own.py").write_text(OWN)
    entries = {"model": "own.py:single", "preprocessing": {"size": 32, "mean": [0.5] * 3, "std": [0.5] * 3}}
    (tmp_path / "own.json").write_text(json.dumps(entries))
    own = {"model": str(tmp_path / "own.json"), "layers": "auto", "images": "patterns", "scale": "smoke", "seed": 0}
    seen = subject(own, CPU)
    number = torch.arange(10).expand(1, 5, -1).clone()
    number[..., listed:] = -1
    lists = TopLists(
        layers=seen.units,
        number=number,
        position=torch.full((*number.shape, 2), 9),
        labels=seen.images.labels,
        part_of=torch.zeros_like(seen.images.labels),
        classes=seen.classes,
    )
    _, found = unit_facets.recipe_of_facets("smoke", seen, lists)["facets"].train(seeds=[0], device=CPU)
    assert found.number[0] == 0  # no other unit describes its patches
    assert bool((found.number[1:] > 0).all()) == (listed == 10) and found.random_excess.shape == (2, 2)
    _, moved = unit_swaps.recipe_of_swaps("smoke", seen, lists)["swaps"].train(seeds=[0], device=CPU)
    assert (len(moved.unit) > 0) == (listed > 0) and float(moved.error.nan_to_num().sum()) < 1e-4
