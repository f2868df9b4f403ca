"""What sentences are judged by, on units whose answer is known."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from helpers.randomness import generator
from helpers.studies.conceptual_content import statements
from helpers.studies.conceptual_content.subject import deal
from helpers.studies.conceptual_content.top_lists import TopLists

CLASSES, PER_CLASS, PARTS, TOP = 20, 50, 2, 20
LABELS = torch.arange(CLASSES).repeat_interleave(PER_CLASS)
LAYERS = {f"relu{k}": slice(40 * k, 40 * (k + 1)) for k in range(4)}


def lists(classes_of_layer):
    """Units that take their images from the first so many classes, by layer."""
    part_of, random = deal(LABELS, parts=PARTS), generator(0, "lists")
    numbers = []
    for part in range(PARTS):
        rows = []
        for classes in classes_of_layer:
            places = ((part_of == part) & (classes > LABELS)).nonzero().flatten()
            rows += [places[torch.randperm(len(places), generator=random)[:TOP]] for _ in range(40)]
        numbers.append(torch.stack(rows))
    number = torch.stack(numbers)
    position = torch.zeros(*number.shape, 2).long()
    return TopLists(layers=LAYERS, number=number, position=position, labels=LABELS, part_of=part_of, classes=CLASSES)


def together(lists):
    """The first part alone, as if it were all images."""
    inside = torch.where(lists.part_of == 0, 0, -1)
    return replace(lists, number=lists.number[:1], position=lists.position[:1], part_of=inside)


BLIND, FALLING = lists([20, 20, 20, 20]), lists([20, 10, 4, 1])


def test_units_that_are_blind_to_classes_look_like_chance():
    chance = statements.blind(BLIND, draws=2_000, seed=0)
    found = statements.by_part(BLIND, chance)
    assert np.mean(found["abstract.lower"].tolist()) > 0.9
    assert np.mean(found["sec-2-3.rare"].tolist()) < 0.1
    assert abs(np.mean(found["beyond.fewer-than-blind"].tolist())) < 0.3
    assert np.mean(found["abstract.majority"].tolist()) < 0.1 and np.mean(found["sec-3.unequal"]) < 0.25


def test_units_with_fewer_classes_from_layer_to_layer():
    found = statements.by_part(FALLING, statements.blind(FALLING, draws=500, seed=0))
    for trend, sign in {"abstract.trend": -1, "fig-1.sparsity": 1, "fig-1.flatness": -1, "fig-3.lowest": -1}.items():
        means = [sign * np.mean(values) for values in found[trend].values()]
        assert means == sorted(means), trend
    assert found["abstract.trend"]["4"] == pytest.approx([1, 1])
    assert found["sec-2-3.concept"]["4"] == [1, 1]
    assert all(high == 1 for high in found["fig-3.single-grow"]["4"])


def test_over_layers():
    found = statements.by_layer(together(FALLING))
    assert all(len(values) == 4 for values in found.values())
    assert found["sec-2-3.directions"][:3] == pytest.approx([-1] * 3, abs=0.1)
    assert found["control.silent"] == [0] * 4 and found["beyond.ratio-adds-nothing"][0] > 0.9


def test_flatness_as_printed_falls_where_layers_get_wider():
    wide = {"a": slice(0, 64), "b": slice(64, 160)}
    found = statements.printed_n(replace(BLIND, layers=wide), draws=5, seed=0)
    assert all(second < first for first, second in zip(found["1"], found["2"], strict=True))


def test_blind_units_of_imagenet_reach_the_largest_degree_of_the_study():
    assert np.mean(statements.blind_of_imagenet(draws=500, seed=0)) == pytest.approx(0.635, abs=2e-3)


def test_permuted_labels_give_a_value_for_each_permutation_and_part():
    chance = statements.blind(FALLING, draws=500, seed=0)
    found = statements.by_permuted_labels(FALLING, chance, permutations=3, seed=0)
    assert len(found["abstract.lower"]) == 3 * PARTS and len(found["abstract.trend"]["2"]) == 3 * PARTS
    assert min(found["abstract.trend"]["4"]) > 10  # units of one class, whose images have other labels now
