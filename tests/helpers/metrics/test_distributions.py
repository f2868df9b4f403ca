from itertools import combinations

import numpy as np
import pytest
import torch
from scipy import stats

from helpers.metrics.distributions import SamplesError, ks_distances, ks_distances_of_groups


def by_scipy(samples):
    """A loop over sets and pairs."""
    return np.array(
        [
            [stats.ks_2samp(one[a], one[b], method="asymp").statistic for a, b in combinations(range(len(one)), 2)]
            for one in samples.numpy()
        ]
    )


@pytest.mark.parametrize("shape", [(6, 3, 40), (4, 5, 17), (3, 2, 1), (3, 8, 10), (3, 9, 11)])
def test_distances_are_scipys(shape):
    samples = torch.randn(shape, generator=torch.Generator().manual_seed(0)) * torch.arange(1, shape[1] + 1)[:, None]
    torch.testing.assert_close(ks_distances(samples), torch.from_numpy(by_scipy(samples)), rtol=0, atol=1e-12)


@pytest.mark.parametrize("count", [2, 4, 9])
def test_equal_values_and_zeros_of_both_signs_are_equal(count):
    random = torch.Generator().manual_seed(1)
    samples = torch.randint(-2, 3, (20, count, 30), generator=random).float()
    samples[::2] *= -1  # makes -0
    torch.testing.assert_close(ks_distances(samples), torch.from_numpy(by_scipy(samples)), rtol=0, atol=1e-12)


def test_chosen_pairs_are_those_of_all_pairs():
    samples = torch.randn(2, 5, 4, 9, generator=torch.Generator().manual_seed(2))
    every = dict(zip(combinations(range(4), 2), ks_distances(samples).unbind(-1), strict=True))
    some = ks_distances(samples, pairs=[(0, 3), (1, 2)])
    assert some.shape == (2, 5, 2)
    assert torch.equal(some[..., 0], every[0, 3]) and torch.equal(some[..., 1], every[1, 2])


def test_parts_of_many_sets_are_put_together(monkeypatch):
    samples = torch.randn(7, 3, 11, generator=torch.Generator().manual_seed(3))
    whole = ks_distances(samples)
    monkeypatch.setattr("helpers.metrics.distributions._AT_ONCE", 40)
    assert torch.equal(ks_distances(samples), whole)


def test_values_grouped_in_two_ways_are_sorted_once_and_compared_in_both():
    kernels = torch.randn(5, 4, 3, 2, generator=torch.Generator().manual_seed(4)).round(decimals=1)
    row, column = (
        place.expand(4, 3, 2).flatten() for place in torch.meshgrid(torch.arange(3), torch.arange(2), indexing="ij")
    )
    by_column, by_row = ks_distances_of_groups(kernels.flatten(1), [column, row])
    assert torch.equal(by_column, ks_distances(kernels.permute(0, 3, 1, 2).flatten(2)))
    assert torch.equal(by_row, ks_distances(kernels.permute(0, 2, 1, 3).flatten(2)))


def test_groups_of_unequal_size_are_refused():
    with pytest.raises(SamplesError, match=r"equal size .*\[1, 2\]"):
        ks_distances_of_groups(torch.zeros(2, 3), [torch.tensor([0, 1, 1])])


@pytest.mark.parametrize("wrong", [torch.nan, torch.inf, -torch.inf])
@pytest.mark.parametrize("where", [0, -1])
def test_one_value_that_is_not_finite_is_refused_wherever_it_lies(wrong, where):
    samples = torch.zeros(9, 3, 5)
    samples[where, where, where] = wrong
    with pytest.raises(SamplesError, match="not finite"):
        ks_distances(samples)


@pytest.mark.parametrize(
    ("samples", "why"),
    [
        (torch.zeros(4, 1, 3), "2 samples or more"),
        (torch.zeros(4, 2, 0), "one value or more"),
        (torch.zeros(0, 0), "2 samples or more"),
        (torch.full((2, 3), torch.nan), "not finite"),
        (torch.zeros(2, 3, dtype=torch.float64), "float64"),
    ],
)
def test_samples_without_a_distance_are_refused(samples, why):
    with pytest.raises(SamplesError, match=why):
        ks_distances(samples)
