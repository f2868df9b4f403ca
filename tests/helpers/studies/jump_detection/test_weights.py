"""Weight statistics against loops over single entries."""

import pytest
import torch

from helpers.studies.jump_detection.weights import aligned_columns, band_share, outside_ratio

W = torch.randn(2, 12, 5, generator=torch.Generator().manual_seed(0))


def test_outside_ratio():
    for s in range(2):
        groups = {True: [], False: []}
        for i in range(12):
            groups[3 <= i + 1 <= 9] += [abs(float(w)) for w in W[s, i]]
        expected = (sum(groups[False]) / len(groups[False])) / (sum(groups[True]) / len(groups[True]))
        assert outside_ratio(W, low=3, high=9)[s] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("low", "high"), [(1, 12), (13, 20)])
def test_outside_ratio_needs_both_sides(low, high):
    with pytest.raises(ValueError, match="some, not all, of the inputs 1 to 12"):
        outside_ratio(W, low=low, high=high)


def test_aligned_columns():
    aligned = aligned_columns(W, first=4, reach=3)
    assert aligned.shape == (2, 5, 6)
    for unit in range(5):
        for k, offset in enumerate(range(-3, 3)):
            assert aligned[1, unit, k] == W[1, 4 + unit + offset - 1, unit]


def test_aligned_columns_stay_inside():
    with pytest.raises(ValueError, match="A reach of 4 leaves the 12 inputs"):
        aligned_columns(W, first=4, reach=4)


def test_band_share():
    inside = sum(float(W[0, i, u]) ** 2 for i in range(12) for u in range(5) if abs(i + 1 - (4 + u)) <= 2)
    assert band_share(W, first=4, reach=2)[0] == pytest.approx(inside / float(W[0].square().sum()), rel=1e-5)
