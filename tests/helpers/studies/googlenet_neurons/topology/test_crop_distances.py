"""Distances to the k-th neighbour and to all k, by sorting."""

import pytest
import torch

from helpers.randomness import generator
from helpers.studies.googlenet_neurons.topology.crop_distances import crop_distances
from helpers.studies.googlenet_neurons.topology.density import DensityError, neighbour_distance

POINTS = torch.randn(30, 9, generator=generator(0, "points"))


def test_by_sorting_all_distances():
    found = crop_distances(POINTS, neighbours=[1, 4, 29])
    ordered = torch.tensor([sorted(float((a - b).norm()) for b in POINTS)[1:] for a in POINTS])
    for place, k in enumerate((1, 4, 29)):
        assert torch.allclose(found[0, place], ordered[:, k - 1], atol=1e-4)
        assert torch.allclose(found[1, place], ordered[:, :k].mean(dim=1), atol=1e-4)
        assert torch.allclose(found[0, place], neighbour_distance(POINTS, neighbours=k), atol=1e-4)


@pytest.mark.parametrize("neighbours", [[], [0, 3], [3, 30]])
def test_neighbours_that_are_not_there(neighbours):
    with pytest.raises(DensityError, match="between 1 and 29 are there"):
        crop_distances(POINTS, neighbours=neighbours)
