"""Neighbour statistics against a loop over all distances."""

from collections import Counter

import numpy as np
import pytest

from helpers.metrics.neighbours import knn_accuracy, knn_r2, nearest_label

RANDOM = np.random.default_rng(0)
POINTS = RANDOM.normal(size=(40, 2))
VALUES = POINTS[:, 0] * 3 + RANDOM.normal(size=40)
LABELS = (POINTS[:, 0] > 0).astype(int) + (POINTS[:, 1] > 0)


def nearest(i, k):
    others = [j for j in range(40) if j != i]
    return sorted(others, key=lambda j: np.hypot(*(POINTS[i] - POINTS[j])))[:k]


def test_explained():
    errors = [VALUES[i] - np.mean([VALUES[j] for j in nearest(i, 5)]) for i in range(40)]
    expected = 1 - np.mean(np.square(errors)) / np.var(VALUES)
    assert knn_r2(POINTS, VALUES, k=5) == pytest.approx(expected)


def test_vote():
    right = 0
    for i in range(40):
        counts = Counter(LABELS[j] for j in nearest(i, 5))
        right += min(counts, key=lambda label: (-counts[label], label)) == LABELS[i]
    assert knn_accuracy(POINTS, LABELS, k=5) == right / 40


def test_nearest_label():
    asked = RANDOM.normal(size=(15, 2))
    for point, answer in zip(asked, nearest_label(POINTS, LABELS, asked), strict=True):
        assert answer == LABELS[min(range(40), key=lambda j: np.hypot(*(point - POINTS[j])))]


def test_a_point_is_not_its_own_neighbour():
    assert knn_accuracy(POINTS, np.arange(40), k=1) == 0


def test_too_many_neighbours():
    with pytest.raises(ValueError, match="k = 40 neighbours: between 1 and 39 others are there"):
        knn_accuracy(POINTS, LABELS, k=40)
