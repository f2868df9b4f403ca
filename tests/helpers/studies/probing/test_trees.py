import numpy as np
import pytest
import torch

from helpers.models.initialisation import he_normal_
from helpers.models.vgg import VGG16
from helpers.studies.probing.trees import Trees, by_chance, count_trees, overlap, overlaps


def made(masks):
    """Trees of one unit on images with these contributing units, in layers of 600 and 400 units."""
    contributing = np.array([[[mask[:600].mean(), mask[600:].mean()]] for mask in masks])
    packed = {(k, 7): np.packbits(mask) for k, mask in enumerate(masks)}
    used = np.ones((len(masks), 1))
    return Trees((0, 0), [7], ["a", "b"], [600, 400], used, contributing, contributing, packed)


def test_chance_is_what_independent_masks_share():
    random = np.random.default_rng(0)
    found, expected = [], []
    for _ in range(40):
        masks = [np.concatenate([random.random(600) < a, random.random(400) < b]) for a, b in ((0.3, 0.1), (0.2, 0.5))]
        trees = made(masks)
        found.append(overlap(*(np.packbits(mask) for mask in masks)))
        expected.append(by_chance(trees, (0, 7), (1, 7)))
    assert np.mean(found) == pytest.approx(np.mean(expected), abs=0.005)


def test_overlaps_are_0_by_chance_and_1_for_the_same_tree():
    random = np.random.default_rng(1)
    same = random.random(1000) < 0.3
    shared = overlaps(made([same, same.copy()]))
    assert shared.plain == shared.corrected == {0: 1.0, 1: 1.0} and not shared.units
    many = overlaps(made([random.random(1000) < 0.3 for _ in range(12)]))
    assert abs(np.mean(list(many.corrected.values()))) < 0.02 < np.mean(list(many.plain.values()))


def test_trees_of_two_units_of_a_position_are_the_same_and_idle_units_stand_before_poolings():
    network = VGG16(width=0.05, last="relu2_2").eval()
    he_normal_(network, seed=0)
    trees = count_trees(network, "relu2_2", torch.randn(3, 3, 16, 16, generator=torch.Generator().manual_seed(0)))
    assert len(trees.units) == 2 and trees.known() == [0, 1, 2]
    assert set(overlaps(trees).units.values()) == {1.0}
    part = trees.contributing / trees.active
    assert np.nanmax(part[..., 1]) < np.nanmin(part[..., [0, 2]])  # layer 2 stands in front of a pooling
    assert trees.idle() == pytest.approx(1 - np.nanmean(part, axis=1).mean(axis=1))
