import numpy as np
import pytest
from scipy import stats

from helpers.statistics.slopes import slope_within_groups, slopes_by_seed


def test_one_group_is_ordinary_regression():
    random = np.random.default_rng(0)
    x, y = random.normal(size=30), random.normal(size=30)
    assert slope_within_groups(x, y, np.zeros(30)) == pytest.approx(stats.linregress(x, y).slope)


def test_groups_equal_a_regression_with_a_constant_per_group():
    random = np.random.default_rng(1)
    group = random.integers(4, size=50)
    x, y = random.normal(size=50) + group, random.normal(size=50) - 3 * group
    columns = np.column_stack([x, *(group == one for one in range(4))])
    assert slope_within_groups(x, y, group) == pytest.approx(np.linalg.lstsq(columns, y)[0][0])


def test_a_difference_between_groups_alone_is_no_slope():
    group = np.repeat([0, 1, 2], 10)
    assert np.isnan(slope_within_groups(group, 5.0 * group, group))


def test_pseudo_values_of_a_mean_are_the_values():
    """With x of 0 and 1 in each group the slope is a mean of differences, whose jackknife is known."""
    y = np.random.default_rng(2).normal(size=(6, 2))
    x, group = np.tile([0, 1], (6, 1)), np.repeat(np.arange(6)[:, None], 2, axis=1)
    np.testing.assert_allclose(slopes_by_seed(x, y, group), y[:, 1] - y[:, 0])


def test_the_interval_of_pseudo_values_contains_the_true_slope_nearly_as_often_as_it_says():
    random = np.random.default_rng(3)
    hits = []
    for _ in range(300):
        x = random.normal(size=(5, 9))
        group = np.tile(np.arange(9), (5, 1))
        found = slopes_by_seed(x, 0.3 * x + random.normal(size=x.shape) + group, group)
        hits.append(abs(found.mean() - 0.3) <= stats.t.ppf(0.975, 4) * stats.sem(found))
    assert 0.88 <= np.mean(hits) <= 1


def test_one_seed_is_refused():
    with pytest.raises(ValueError, match="two"):
        slopes_by_seed(*np.zeros((3, 1, 4)))
