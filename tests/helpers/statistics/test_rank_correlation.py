import numpy as np
import pytest
import torch
from scipy import stats

from helpers.statistics.rank_correlation import rank_correlation

NAN = float("nan")


def test_it_is_spearmans():
    a, b = np.random.default_rng(0).normal(size=(2, 40)).round(1)  # with ties
    assert rank_correlation(a, b) == pytest.approx(stats.spearmanr(a, b).statistic)
    assert rank_correlation(torch.tensor([1.0, 2, 9]), [0.1, 0.2, 0.3]) == pytest.approx(1)


def test_pairs_with_a_missing_value_are_left_out():
    assert rank_correlation([1, NAN, 2, 3], [3, 9, NAN, 1]) == pytest.approx(-1)
    assert rank_correlation([1, NAN], [1, 2]) == 0 and np.isnan(rank_correlation([1, NAN], [1, 2], undefined=NAN))


@pytest.mark.parametrize(("a", "b"), [([1, 1, 1], [1, 2, 3]), ([1, 2, 3], [5, 5, 5]), ([], []), ([1], [2])])
def test_what_does_not_vary_has_none(a, b):
    assert rank_correlation(a, b) == 0
