"""Activity statistics against slow re-implementations and NumPy."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from helpers.studies.jump_detection.averaged_activations import (
    active_width,
    class_means,
    near_diagonal,
    neighbour_correlation,
    single_unit_error,
    variance_shares,
)

G = torch.Generator().manual_seed(0)
A = torch.rand(2, 6, 4, generator=G)  # (seed, class, unit)


def test_class_means():
    x = torch.rand(2, 12, 3, generator=G)
    means = class_means(x, 4)
    for c in range(4):
        torch.testing.assert_close(means[:, c], (x[:, 3 * c] + x[:, 3 * c + 1] + x[:, 3 * c + 2]) / 3)
    with pytest.raises(ValueError, match="12 signals cannot be 5 classes"):
        class_means(x, 5)


def test_near_diagonal():
    square = torch.rand(1, 5, 5, generator=G)
    near = sum(float(square[0, i, j]) for i in range(5) for j in range(5) if abs(i - j) <= 1)
    assert near_diagonal(square, reach=1)[0] == pytest.approx(near / float(square.sum()), rel=1e-5)
    assert near_diagonal(torch.eye(5)[None], reach=0)[0] == 1


@given(st.integers(0, 10_000))
def test_variance_shares_are_shares(seed):
    averaged = torch.randn(1, 5, 7, generator=torch.Generator().manual_seed(seed))
    shares = variance_shares(averaged)
    assert sum(float(s) for s in shares) == pytest.approx(1, abs=1e-5)
    assert all(-1e-6 <= float(s) <= 1 for s in shares)


def test_variance_shares_of_pure_effects():
    by_unit = torch.arange(4.0).expand(1, 6, 4)
    assert variance_shares(by_unit).unit[0] == pytest.approx(1)
    assert variance_shares(by_unit.transpose(1, 2)).position[0] == pytest.approx(1)


@pytest.mark.parametrize("step", [1, 3])
def test_neighbour_correlation_is_numpys(step):
    expected = np.mean([np.corrcoef(A[1, c], A[1, c + step])[0, 1] for c in range(6 - step)])
    assert neighbour_correlation(A, step=step)[1] == pytest.approx(expected, abs=1e-5)


def test_active_width():
    rows = torch.tensor([[1, 1, 0, 1, 1, 1], [0.4, 1, 0.6, 0.4, 0, 0.6], [0, 0, 0, 0, 0, 0]])  # (unit, class)
    widths = active_width(rows.T[None])[0]
    assert widths[:2].tolist() == [3, 2]
    assert widths[2].isnan()


def test_single_unit_error_is_a_loop_over_bins():
    x, label = torch.rand(1, 400, 2, generator=G), torch.randint(0, 8, (1, 400), generator=G)
    x[0, :, 1] = label[0] + 0.01 * x[0, :, 1]  # a unit that tells the label
    errors = single_unit_error(x, label, bins=8)
    for unit in range(2):
        teach, ask = x[0, ::2, unit].numpy(), x[0, 1::2, unit].numpy()
        cuts = np.quantile(teach, np.linspace(0, 1, 9)[1:-1])
        medians = []
        for b in range(8):
            members = np.sort(label[0, ::2].numpy()[np.searchsorted(cuts, teach) == b])
            medians.append(members[(len(members) - 1) // 2])
        answer = np.array(medians)[np.searchsorted(cuts, ask)]
        assert errors[0, unit] == pytest.approx(np.abs(answer - label[0, 1::2].numpy()).mean(), abs=0.02)
    assert errors[0, 1] < 0.5 < errors[0, 0]
