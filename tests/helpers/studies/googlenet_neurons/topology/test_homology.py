"""Loops of clouds whose loops are known."""

import math

import pytest
import torch

from helpers.randomness import generator
from helpers.studies.googlenet_neurons.topology.angles import turning_together
from helpers.studies.googlenet_neurons.topology.homology import bars, landmarks, longest_loop

ANGLE = torch.arange(24) * 2 * math.pi / 24
CIRCLE = torch.stack([ANGLE.cos(), ANGLE.sin(), 0 * ANGLE], 1)


def test_bar_of_a_regular_polygon():
    """It is born at the side of the 24-gon, and dies at that of the triangle in it (Adamaszek and Adams 2017)."""
    found = bars(CIRCLE)
    assert len(found) == 1
    assert found[0, 0].item() == pytest.approx(2 * math.sin(math.pi / 24), rel=1e-4)
    assert found[0, 1].item() == pytest.approx(math.sqrt(3), rel=1e-4)


def test_circular_coordinate_is_the_angle():
    loop = longest_loop(CIRCLE)
    assert turning_together(loop.angle, ANGLE) == pytest.approx(1, abs=1e-3)
    noisy = CIRCLE + 0.1 * torch.randn(24, 3, generator=generator(0, "noise"))
    assert turning_together(longest_loop(noisy).angle, ANGLE) > 0.97


def test_two_circles_have_two_long_bars():
    both = torch.cat([CIRCLE, 0.5 * CIRCLE.roll(1, 1) + torch.tensor([0, 0, 4.0])])
    lengths = bars(both)[:, 1] - bars(both)[:, 0]
    assert lengths[1] / lengths[0] == pytest.approx(0.5, abs=0.02)


def test_no_loop():
    line = torch.arange(10.0)[:, None]
    assert len(bars(line)) == 0
    assert longest_loop(line).death == 0
    assert len(bars(CIRCLE[:3])) == 0
    assert longest_loop(CIRCLE[:1]).angle.tolist() == [0]


def test_landmarks_are_the_farthest_points():
    points = torch.randn(40, 3, generator=generator(0, "points"))
    chosen = [0]
    while len(chosen) < 7:
        apart = [min(float((p - points[j]).norm()) for j in chosen) for p in points]
        chosen.append(apart.index(max(apart)))
    assert landmarks(points, count=7).tolist() == chosen
    assert sorted(landmarks(points, count=99).tolist()) == list(range(40))
