"""Against a loop over the points, and on clouds of known dimension."""

import math

import pytest
import torch

from helpers.metrics.intrinsic_dimension import two_nn_dimension


def slowly(points, discarded):
    """The formulae of Facco et al., a point at a time."""
    ratios = []
    for i, point in enumerate(points):
        distances = sorted(math.dist(point, other) for j, other in enumerate(points) if j != i)
        if distances[0] > 0:
            ratios.append(math.log(distances[1] / distances[0]))
    ratios.sort()
    above = below = 0.0
    for rank, x in enumerate(ratios[: min(int(len(ratios) * (1 - discarded)), len(ratios) - 1)], start=1):
        above -= x * math.log(1 - rank / len(ratios))
        below += x * x
    return above / below


@pytest.mark.parametrize("discarded", [0.0, 0.1, 0.5])
def test_it_equals_a_loop_over_the_points(discarded):
    points = torch.randn(2, 60, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    points[1, 3] = points[1, 7]  # two points in one place
    found = two_nn_dimension(points, discarded=discarded)
    assert found.tolist() == pytest.approx([slowly(one.tolist(), discarded) for one in points])


@pytest.mark.parametrize("dimension", [1, 2, 5])
def test_it_finds_the_dimension_of_a_flat_cloud_in_many_coordinates(dimension):
    random = torch.Generator().manual_seed(dimension)
    flat = torch.rand(1, 3_000, dimension, generator=random)
    turned = flat @ torch.linalg.qr(torch.randn(30, 30, generator=random)).Q[:dimension]
    assert float(two_nn_dimension(turned)) == pytest.approx(dimension, rel=0.1)
    assert torch.allclose(two_nn_dimension(turned * 7 + 3), two_nn_dimension(turned), rtol=1e-2)


def test_a_curve_has_one_dimension():
    angle = torch.rand(1, 2_000, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 2 * math.pi
    circle = torch.stack([angle.cos(), angle.sin()], dim=-1)
    assert float(two_nn_dimension(circle)) == pytest.approx(1, rel=0.1)


def test_points_in_one_place_have_no_dimension():
    assert two_nn_dimension(torch.zeros(1, 5, 3)).isnan().all()


@pytest.mark.parametrize(("points", "discarded"), [(2, 0.1), (9, 1.0), (9, -0.1)])
def test_wrong_input_is_refused(points, discarded):
    with pytest.raises(ValueError, match="needed"):
        two_nn_dimension(torch.rand(1, points, 3), discarded=discarded)
