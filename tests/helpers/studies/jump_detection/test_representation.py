from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.spatial.distance import pdist, squareform
from sklearn.cross_decomposition import CCA

from helpers.studies.jump_detection.representation import (
    adjacent_is_nearest,
    neighbour_separation,
    order_correlation,
    scatter,
    shared_variance,
    silent_classes,
    silent_ends,
    silent_units,
)


def random(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def test_scatter_equals_plain_loops():
    activation = random(2, 12, 3)
    within, between = scatter(activation, classes=4)
    for seed in range(2):
        groups = activation[seed].numpy().reshape(4, 3, 3)
        means = groups.mean(axis=1)
        squared = [np.sum((signal - means[c]) ** 2) for c in range(4) for signal in groups[c]]
        assert within[seed].item() == pytest.approx(np.sqrt(np.mean(squared)))
        assert between[seed].item() == pytest.approx(np.sqrt(np.mean(pdist(means) ** 2)))


def test_order_measures_equal_scipy():
    means = random(3, 9, 2)
    for seed in range(3):
        distances = squareform(pdist(means[seed].numpy()))
        apart = np.abs(np.subtract.outer(np.arange(9), np.arange(9)))
        upper = np.triu_indices(9, 1)
        expected = stats.spearmanr(apart[upper], distances[upper]).statistic
        assert order_correlation(means)[seed].item() == pytest.approx(expected)
        np.fill_diagonal(distances, np.inf)
        near = np.mean([abs(row.argmin() - c) == 1 for c, row in enumerate(distances)])
        assert adjacent_is_nearest(means)[seed].item() == pytest.approx(near)


def test_a_straight_line_is_in_perfect_order():
    line = torch.arange(10.0)[None, :, None] * torch.tensor([1.0, 2.0])
    assert order_correlation(line).item() == pytest.approx(1)
    assert adjacent_is_nearest(line).item() == 1


def test_a_unit_active_once_in_a_hundred_is_silent():
    activation = torch.zeros(1, 200, 3)
    activation[0, :2, 1] = 1
    activation[0, :3, 2] = 1
    assert silent_units(activation).tolist() == [[True, True, False]]


def test_silent_ends_are_runs_from_either_end():
    means = torch.tensor([[0.0, 1.0], [0.001, 2.0], [0.5, 1.0], [1.0, 0.0], [1.0, 0.5], [1.0, 0.01]])[None]
    assert silent_classes(means).tolist() == [[1, 1, 0, 1, 0, 1]]
    first, last = silent_ends(means)
    assert (first.item(), last.item()) == (2, 1)
    dead = torch.tensor([[1.0, 0.0]] * 4)[None]
    assert silent_ends(dead).first.item() == silent_ends(dead).last.item() == 4


def test_neighbour_separation_is_a_distance_in_units_of_the_scatter():
    activation = random(2, 20, 3)
    for seed in range(2):
        means = activation[seed].numpy().reshape(5, 4, 3).mean(axis=1)
        steps = [np.linalg.norm(a - b) for a, b in pairwise(means)]
        within = scatter(activation, 5).within[seed].item()
        assert neighbour_separation(activation, 5)[seed].item() == pytest.approx(np.mean(steps) / within)
    assert torch.allclose(neighbour_separation(7 * activation, 5), neighbour_separation(activation, 5))


def test_shared_variance_is_the_mean_squared_canonical_correlation():
    a, b = random(1, 30, 2), random(2, 30, 2)[1:]
    x, y = CCA(n_components=2, max_iter=5000, tol=1e-12).fit_transform(a[0].numpy(), b[0].numpy())
    expected = np.mean([np.corrcoef(x[:, k], y[:, k])[0, 1] ** 2 for k in range(2)])
    assert shared_variance(a, b).item() == pytest.approx(expected, abs=1e-4)
    assert shared_variance(a, a @ random(2, 2) + 3).item() == pytest.approx(1)
