"""TwoNN against a loop over all distances, and on manifolds of known dimension."""

import math

import numpy as np
import pytest
import torch

from helpers.studies.jump_detection.intrinsic_dimension import two_nn

RANDOM = torch.Generator().manual_seed(0)


def by_hand(points):
    """The dimension by Facco et al.'s steps."""
    ratios = []
    for i, point in enumerate(points):
        first, second = sorted(math.dist(point, other) for j, other in enumerate(points) if j != i)[:2]
        ratios.append(second / first)
    x = [math.log(ratio) for ratio in sorted(ratios)]
    y = [-math.log(1 - (i + 1) / len(x)) for i in range(round(0.9 * len(x)))]
    return float(np.linalg.lstsq(np.array(x[: len(y)])[:, None], np.array(y), rcond=None)[0][0])


def test_it_is_the_slope_of_the_published_fit():
    points = torch.rand(2, 60, 3, generator=RANDOM)
    np.testing.assert_allclose(two_nn(points, block=17), [by_hand(each) for each in points.double().tolist()])


@pytest.mark.parametrize("dimension", [1, 2, 5])
def test_a_flat_manifold_in_many_dimensions_has_its_own(dimension):
    flat = torch.rand(1, 2_000, dimension, generator=RANDOM) @ torch.randn(dimension, 20, generator=RANDOM)
    assert float(two_nn(flat)) == pytest.approx(dimension, rel=0.1)


def test_scale_and_place_and_repeated_points_do_not_matter():
    points = torch.rand(1, 200, 2, generator=RANDOM, dtype=torch.float64)
    moved = torch.cat([7 * points + 100, 7 * points[:, :20] + 100], dim=1)
    torch.testing.assert_close(two_nn(moved), two_nn(points))


def test_few_points_have_no_dimension():
    with pytest.raises(ValueError, match="9 distinct points are too few for a dimension; give at least 10"):
        two_nn(torch.rand(1, 9, 2))
