"""Averages, shares and the best rank-one kernel against loops over units and channels."""

import pytest
import torch
from torch.nn.functional import conv2d

from helpers.studies.googlenet_neurons.kernels import (
    averaged,
    composed_average,
    effective_rank,
    rank_one,
    share_of_average,
)

RANDOM = torch.Generator().manual_seed(1)
WEIGHTS = torch.randn(4, 6, 3, 5, generator=RANDOM)


def test_the_share_of_the_average_is_what_equal_kernels_would_hold():
    for unit, share in zip(WEIGHTS, share_of_average(WEIGHTS), strict=True):
        mean = sum(unit[c] for c in range(6)) / 6
        held = torch.stack([mean] * 6)
        assert share == pytest.approx(float((held**2).sum() / (unit**2).sum()), rel=1e-5)
    alike = WEIGHTS[:, :1].expand(-1, 6, -1, -1)
    torch.testing.assert_close(share_of_average(alike), torch.ones(4))


def test_the_rank_one_kernel_is_the_nearest_product_with_positive_numbers():
    pictures, numbers, share = rank_one(WEIGHTS)
    for k, unit in enumerate(WEIGHTS):
        product = numbers[k][:, None, None] * pictures[k]
        error = float(((unit - product) ** 2).sum() / (unit**2).sum())
        assert 1 - error == pytest.approx(float(share[k]), rel=1e-4) and float(numbers[k].sum()) >= 0
        for _ in range(20):  # no other product is nearer
            other = torch.randn(3, 5, generator=RANDOM)
            best = torch.einsum("cxy,xy->c", unit, other) / (other**2).sum()
            assert float(((unit - best[:, None, None] * other) ** 2).sum() / (unit**2).sum()) >= error


def test_the_composed_kernel_is_the_response_to_equal_channels():
    reduce = torch.randn(6, 7, 1, 1, generator=RANDOM)
    for row in range(3):
        for column in range(5):
            point = torch.zeros(1, 7, 3, 5)
            point[:, :, row, column] = 1 / 7  # all inputs of the 1×1 convolution alike, at one place
            response = conv2d(conv2d(point, reduce), WEIGHTS)[0, :, 0, 0]
            torch.testing.assert_close(composed_average(WEIGHTS, reduce)[:, row, column], response)
    torch.testing.assert_close(averaged(WEIGHTS)[1, 0, 2], WEIGHTS[1, :, 0, 2].mean())


def test_effective_rank_counts_equal_directions():
    assert effective_rank(torch.eye(5)) == pytest.approx(5)
    assert effective_rank(torch.ones(4, 3)) == pytest.approx(1, abs=1e-4)
