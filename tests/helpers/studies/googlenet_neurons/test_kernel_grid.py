"""Patches on the grid of a kernel, templates, and the variance over channels."""

import numpy as np
import pytest
import torch
from scipy import stats

from helpers.randomness import generator
from helpers.studies.googlenet_neurons import kernel_grid

KERNELS = torch.randn(4, 6, 3, 3, generator=generator(0, "kernels"))


def test_contrast_lies_where_the_pattern_is():
    patches = torch.full((2, 3, 20, 20), 0.5)
    patches[:, :, 4:8, 8:12] = 1.0  # the second row and the third column of five
    found = kernel_grid.contrast_on_grid(patches, cells=(5, 5))
    assert found.argmax() == 1 * 5 + 2
    grey = patches[0].mean(0).numpy()
    cell = np.abs(grey - grey.mean())[4:8, 8:12].mean()
    assert float(found[1, 2]) == pytest.approx(cell, abs=1e-5)


def test_templates():
    assert kernel_grid.ring(3, 3).tolist() == [[0, 1, 0], [1, 0, 1], [0, 1, 0]]
    assert kernel_grid.ring(5, 5)[2, 2] == 0 and kernel_grid.ring(5, 5).sum() >= 12
    rising = torch.eye(5).flip(1)
    assert kernel_grid.alike(rising, kernel_grid.diagonal(5, 5)) < 0.1
    assert kernel_grid.alike(rising, kernel_grid.diagonal(5, 5), sign=False) == pytest.approx(1, abs=1e-5)
    assert kernel_grid.diagonal(3, 3, both=True).sum() == 5
    assert kernel_grid.t_shape(3, 3).tolist() == [[0, 1, 0], [1, 1, 1], [0, 0, 0]]
    drawn = ["..#..", "..#..", "#####", ".....", "....."]
    assert kernel_grid.t_shape(5, 5).tolist() == [[float(cell == "#") for cell in row] for row in drawn]


def test_variance_against_mean_is_spearmans_correlation():
    found = kernel_grid.variance_against_mean(KERNELS)
    for unit, kernel in enumerate(KERNELS.numpy()):
        mean, variance = np.abs(kernel.mean(0)).ravel(), kernel.var(0).ravel()
        assert float(found[unit]) == pytest.approx(stats.spearmanr(mean, variance).statistic, abs=1e-5)


def test_shuffling_keeps_the_values_of_each_kernel():
    shuffled = kernel_grid.shuffled_positions(KERNELS, generator(1, "shuffled"))
    assert not torch.equal(shuffled, KERNELS)
    assert torch.equal(shuffled.flatten(2).sort(-1).values, KERNELS.flatten(2).sort(-1).values)
