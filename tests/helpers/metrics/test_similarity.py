import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial import distance

from helpers.metrics.similarity import aligned_correlation, correlation, cosine


def curves(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_cosine_and_correlation_equal_scipy_pair_by_pair():
    a, b = curves(2, 3, 20), curves(2, 3, 20, seed=1) + 5
    for i, j in np.ndindex(2, 3):
        assert cosine(a, b)[i, j].item() == pytest.approx(1 - distance.cosine(a[i, j], b[i, j]))
        assert correlation(a, b)[i, j].item() == pytest.approx(stats.pearsonr(a[i, j], b[i, j]).statistic)


def test_one_vector_is_compared_with_many():
    many, one = curves(2, 3, 20), curves(20, seed=1)
    assert correlation(many, one).shape == (2, 3)
    assert correlation(many, one)[1, 2].item() == pytest.approx(correlation(many[1, 2], one).item())


@given(scale=st.floats(0.01, 100), offset=st.floats(-50, 50))
@settings(max_examples=20, deadline=None)
def test_correlation_ignores_scale_and_offset(scale, offset):
    a, b = curves(20), curves(20, seed=1)
    assert correlation(scale * a + offset, b).item() == pytest.approx(correlation(a, b).item(), abs=1e-9)
    assert correlation(-scale * a, b).item() == pytest.approx(-correlation(a, b).item(), abs=1e-9)


def test_nothing_resembles_a_constant():
    assert cosine(torch.zeros(5), torch.ones(5)).item() == 0
    assert correlation(torch.full((7,), 0.1), torch.arange(7.0)).item() == 0


def test_aligned_correlation_equals_the_best_of_all_moves():
    random = np.random.default_rng(4)
    a, b = random.normal(size=(2, 5, 30))
    found = aligned_correlation(torch.tensor(a), torch.tensor(b), reach=3)
    for row in range(5):
        best = max(np.corrcoef(a[row, 3:27], b[row, 3 + move : 27 + move])[0, 1] for move in range(-3, 4))
        assert found[row].item() == pytest.approx(best, abs=1e-6)
