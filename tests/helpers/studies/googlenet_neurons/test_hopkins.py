"""The Hopkins statistic of points whose clusters are known, and against loops."""

import math

import pytest
import torch

from helpers.randomness import generator
from helpers.studies.googlenet_neurons.hopkins import HopkinsError, hopkins


def of(points, *, power=1.0, seed=0):
    return hopkins(points, generator=generator(seed, "places"), power=power)


def test_a_grid_an_even_cloud_and_clusters():
    side = torch.arange(20.0)
    grid = torch.cartesian_prod(side, side)
    even = torch.rand(400, 2, generator=generator(0, "even"))
    centres = torch.tensor([[0.0, 0], [10, 0], [0, 10], [10, 10]])
    groups = centres.repeat_interleave(100, dim=0) + 0.2 * torch.randn(400, 2, generator=generator(0, "groups"))
    for power in (1.0, 2.0):
        assert of(grid, power=power) < 0.35
        drawn = [of(even, power=power, seed=seed) for seed in range(20)]
        assert sum(drawn) / 20 == pytest.approx(0.5, abs=0.06)
        assert of(groups, power=power) > 0.9
    assert of(grid) == pytest.approx(of(3 * grid + 5), abs=1e-9)  # neither scale nor place matters


def test_by_loops_over_points_and_places():
    points = torch.randn(9, 2, generator=generator(1, "points")).double()
    centred = points - points.mean(dim=0)
    own = centred @ torch.linalg.svd(centred, full_matrices=False)[2].T
    low, high = own.min(dim=0).values, own.max(dim=0).values
    places = low + torch.rand(9, 2, generator=generator(0, "places"), dtype=torch.double) * (high - low)
    around = sum(min(math.dist(place, point) for point in own.tolist()) ** 2 for place in places.tolist())
    between = sum(
        min(math.dist(a, b) for k, b in enumerate(own.tolist()) if k != j) ** 2 for j, a in enumerate(own.tolist())
    )
    assert of(points, power=2) == pytest.approx(around / (around + between))


def test_points_without_distances():
    assert of(torch.ones(5, 3)) == 0.5
    with pytest.raises(HopkinsError, match="1 points have no nearest other point"):
        of(torch.ones(1, 3))
