from itertools import permutations, product

import numpy as np
import pytest
from scipy import stats

from helpers.statistics.permutation import slope_within_groups


def test_one_group_is_ordinary_regression():
    random = np.random.default_rng(0)
    x, y = random.normal(size=30), random.normal(size=30)
    found = slope_within_groups(x, y, np.zeros(30))
    assert found.slope == pytest.approx(stats.linregress(x, y).slope)
    assert found.p_value == pytest.approx(stats.linregress(x, y).pvalue, abs=0.03)


def test_p_value_is_the_share_of_all_orders_within_the_groups():
    x, y = np.array([1, 2, 4, 0, 3, 4.0]), np.array([0, 3, 4, 7, 5, 9.0])
    group = np.array([0, 0, 0, 1, 1, 1])
    centre = lambda v: np.concatenate([v[:3] - v[:3].mean(), v[3:] - v[3:].mean()])  # noqa: E731
    strength = abs(centre(x) @ centre(y))
    orders = [[*a, *b] for a, b in product(permutations(range(3)), permutations(range(3, 6)))]
    exact = np.mean([abs(centre(x[order]) @ centre(y)) >= strength - 1e-9 for order in orders])
    assert slope_within_groups(x, y, group, draws=40_000).p_value == pytest.approx(exact, abs=0.01)


def test_a_difference_between_groups_alone_is_no_slope():
    group = np.repeat([0, 1, 2], 10)
    assert slope_within_groups(group, 5.0 * group, group) == (0.0, 1.0)


def test_the_same_seed_gives_the_same_p_value():
    random = np.random.default_rng(1)
    x, y, group = random.normal(size=20), random.normal(size=20), np.repeat([0, 1], 10)
    assert slope_within_groups(x, y, group, draws=100) == slope_within_groups(x, y, group, draws=100)
