"""Measures of reconstructions and filters, on pictures whose answer is known."""

import pytest
import torch
from scipy.ndimage import gaussian_filter

from helpers.metrics.images import derivative_similarity, edge_correlation
from helpers.studies.probing.measures import local_gradients, outline_correlation

RANDOM = torch.Generator().manual_seed(0)


def test_outlines_are_those_of_blurred_pictures():
    a, b = torch.rand(2, 5, 3, 64, 64, generator=RANDOM, dtype=torch.float64)
    blurred = [
        torch.from_numpy(gaussian_filter(x.numpy(), 64 / 32, axes=(-2, -1), mode="mirror", radius=8)) for x in (a, b)
    ]
    torch.testing.assert_close(outline_correlation(a, b), edge_correlation(*blurred), rtol=1e-8, atol=1e-10)
    assert outline_correlation(a, a).tolist() == pytest.approx([1] * 5)


def test_leading_axes_broadcast():
    units, gallery = torch.rand(4, 3, 16, 16, generator=RANDOM), torch.rand(6, 3, 16, 16, generator=RANDOM)
    table = outline_correlation(units[:, None], gallery[None])  # (unit, image)
    one_by_one = torch.stack([torch.stack([outline_correlation(u, image) for image in gallery]) for u in units])
    torch.testing.assert_close(table, one_by_one)


def test_a_derivative_is_explained_and_noise_is_not():
    row = torch.arange(8.0) - 4
    bump = torch.exp(-(row**2) / (2 * (8 / 6) ** 2))  # the widest of the scales that are tried
    derivative = (row * bump)[:, None] * bump  # of a Gaussian, down
    tiled = derivative.repeat(2, 3).expand(1, 3, 16, 24)
    noise = torch.randn(1, 3, 16, 24, generator=RANDOM)
    explained, of_noise = local_gradients(torch.cat([tiled, noise])).tolist()
    assert explained > 0.9 > 0.3 > of_noise


def test_windows_count_by_their_energy():
    filters = torch.randn(2, 3, 19, 17, generator=RANDOM, dtype=torch.float64)  # what fills no window is left out
    for one, found in zip(filters, local_gradients(filters), strict=True):
        explained = energy = 0.0
        for row in (0, 8):
            for column in (0, 8):
                window = one[:, row : row + 8, column : column + 8]
                weight = float(window.square().sum())
                explained += weight * float(derivative_similarity(window).odd) ** 2
                energy += weight
        assert float(found) == pytest.approx(explained / energy)
