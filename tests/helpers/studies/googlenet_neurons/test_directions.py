"""Directions of gratings are the angles they were drawn with, and crosses are told from single directions."""

import math

import numpy as np
import pytest
import torch

from helpers.studies.googlenet_neurons.directions import (
    angle,
    coherence,
    crossing,
    gradient,
    harmonics,
    mean_agreement,
    of_kernels,
    two_diagonals,
)

Y, X = torch.meshgrid(torch.arange(32.0), torch.arange(32.0), indexing="ij")
RANDOM = torch.Generator().manual_seed(0)


def grating(degrees):
    """Stripes whose edges lie at this angle, anticlockwise from the rows as one sees the picture."""
    phi = math.radians(degrees)
    return torch.sin(0.5 * (X * math.sin(phi) + Y * math.cos(phi)))


@pytest.mark.parametrize("degrees", [0, 30, 45, 90, 120, 170])
def test_the_angle_of_a_grating(degrees):
    found = harmonics(grating(degrees))
    assert abs((float(angle(found)) - degrees + 90) % 180 - 90) < 3 and float(coherence(found)) > 0.98


def test_the_twofold_harmonic_is_the_structure_tensor_of_a_loop():
    picture = torch.rand(12, 12, generator=RANDOM)
    down, across = gradient(picture)
    found = harmonics(picture)
    sums = [sum(float(f(d, a)) for d, a in zip(down.flatten(), across.flatten(), strict=True))
            for f in (lambda d, a: d * d + a * a, lambda d, a: a * a - d * d, lambda d, a: 2 * a * d)]  # fmt: skip
    np.testing.assert_allclose(found[:3], sums, rtol=1e-4, atol=1e-5)


def test_crosses():
    def line(degrees):
        away = (X - 15.5) * math.sin(math.radians(degrees)) + (Y - 15.5) * math.cos(math.radians(degrees))
        return torch.exp(-(away**2) / 8)

    for angles, sign in (((45, 135), -1), ((0, 90), 1)):
        found = harmonics(line(angles[0]) + line(angles[1]))
        assert float(coherence(found)) < 0.1 and sign * float(crossing(found)) > 0.3


def test_diagonals_of_kernels():
    three = torch.tensor([[[1.0, 0, 1], [0, 1, 0], [1, 0, 1]], [[0, 1, 0], [1, 1, 1], [0, 1, 0]]])
    assert float(two_diagonals(three)[0]) == pytest.approx(1) and float(two_diagonals(three)[1]) < 0
    five = torch.eye(5) + torch.eye(5).flip(0)
    assert float(two_diagonals(five.clamp(max=1)[None])) == pytest.approx(1)
    kernel = torch.tensor([[[1.0, 0, -1], [1, 0, -1], [1, 0, -1]]])
    assert float(angle(of_kernels(kernel))) == pytest.approx(90, abs=1)


def test_agreement_weighs_clear_directions_and_permuted_pairs_differ():
    pictures = torch.stack([grating(degrees) for degrees in (0, 45, 90, 135)])
    own, other = mean_agreement(harmonics(pictures), harmonics(pictures))
    assert own == pytest.approx(1, abs=0.01)
    expected = np.mean([math.cos(2 * math.radians(45 * (i - j))) for i in range(4) for j in range(4) if i != j])
    assert other == pytest.approx(expected, abs=0.02)
