"""The density crop against a loop over all pairs of points."""

import pytest
import torch

from helpers.randomness import generator
from helpers.studies.googlenet_neurons.topology.density import DensityError, densest, neighbour_distance


@pytest.mark.parametrize("axes", [3, 25])  # by a tree, and by all distances
def test_distance_to_the_kth_neighbour(axes):
    points = torch.randn(60, axes, generator=generator(0, "points"))
    found = neighbour_distance(points, neighbours=7)
    for k, point in enumerate(points):
        others = sorted(float((point - other).norm()) for j, other in enumerate(points) if j != k)
        assert found[k].item() == pytest.approx(others[6], rel=1e-4)


def test_what_is_kept():
    assert densest(torch.tensor([3.0, 1.0, 2.0, 1.0]), kept=0.5).tolist() == [1, 3]
    assert densest(torch.tensor([3.0, 1.0]), kept=0.01).tolist() == [1]


def test_bad_input():
    with pytest.raises(DensityError, match="5 neighbours of each of 5 points are asked for; between 1 and 4"):
        neighbour_distance(torch.zeros(5, 2), neighbours=5)
    with pytest.raises(DensityError, match="A share of 1"):
        densest(torch.zeros(5), kept=1.5)
