"""The fit by derivatives: it finds them, alone or overlapping, and finds little in noise."""

import math

import pytest
import torch

from helpers.studies.probing.derivative_fit import (
    between_noise_and_bank,
    derivative_bank,
    envelope,
    explained_by_derivatives,
)


def derivative(side, row, column, sigma, angle):
    """An oriented derivative of a Gaussian, written out."""
    y, x = torch.meshgrid(torch.arange(side) - row, torch.arange(side) - column, indexing="ij")
    along = math.cos(angle) * y + math.sin(angle) * x
    return along * torch.exp(-(x**2 + y**2) / (2 * sigma**2))


def test_one_derivative_is_explained_whole_at_any_angle():
    filters = torch.stack([derivative(24, 11, 13, 1.0, angle) for angle in (0.0, 0.7, 2.0)])
    assert explained_by_derivatives(filters).tolist() == pytest.approx([1, 1, 1], abs=1e-3)


def test_it_is_matching_pursuit():
    """Against a slow pursuit over a list of all atoms."""
    side, picture = 12, torch.randn(12, 12, generator=torch.Generator().manual_seed(2))
    scales = [1.5 ** (k / 5) for k in range(6)]
    rest, pairs = picture.clone(), []
    for sigma in scales:
        for row in range(side):
            for column in range(side):
                norm = derivative(61, 30, 30, sigma, 0.0).norm()
                pairs.append([derivative(side, row, column, sigma, a) / norm for a in (0.0, math.pi / 2)])
    for _ in range(round(side * side / 64)):
        found = [((rest * a).sum(), (rest * b).sum(), a, b) for a, b in pairs]
        x, y, a, b = max(found, key=lambda one: float(one[0] ** 2 + one[1] ** 2))
        rest = rest - x * a - y * b
    expected = 1 - float(rest.square().sum() / picture.square().sum())
    assert float(explained_by_derivatives(picture[None])) == pytest.approx(expected, abs=2e-3)


def test_the_positive_control_passes_and_white_noise_does_not():
    form = envelope(derivative(48, 24, 24, 8.0, 0.3)[None])
    random = torch.Generator().manual_seed(1)
    bank = form * derivative_bank(6, (48, 48), seed=1)
    noise = form * torch.randn(6, 48, 48, generator=random)
    for planes, passes in ((bank, True), (noise, False)):
        low, explained, high = between_noise_and_bank(planes, seed=0)
        assert low < 0.3 < 0.8 < high
        assert (explained > (low + high) / 2) == passes


def test_an_envelope_lies_where_the_energy_lies():
    planes = torch.zeros(2, 32, 40)
    planes[:, 4:12, 20:30] = torch.randn(2, 8, 10, generator=torch.Generator().manual_seed(3))
    form = envelope(planes)
    row, column = divmod(int(form.argmax()), 40)
    assert float(form.max()) == pytest.approx(1) and 4 <= row < 12 and 20 <= column < 30


def test_nothing_is_explained_of_nothing():
    assert explained_by_derivatives(torch.zeros(1, 16, 16)).isnan().all()
