import numpy as np
import pytest
import torch

from helpers.metrics.clusters import adjusted_rand_index
from helpers.randomness import generator
from helpers.studies.googlenet_neurons import cluster_readings, cluster_sets, embedding_checks
from helpers.studies.googlenet_neurons.subject import SubjectError, subject


def _kernels(units: int = 24) -> torch.Tensor:
    noise = torch.randn(units, 8, 3, 3, generator=generator(0, "kernels"))
    noise[::2, :, 1, 1] += 6  # two groups that differ in the centre
    return noise


def test_the_affinity_of_whole_kernels_vanishes_and_so_does_their_meaning() -> None:
    tables = cluster_readings.tables(_kernels())
    rows = tables["rows"].numpy()
    largest = max(np.exp(-np.sum((a - b) ** 2)) for i, a in enumerate(rows) for b in rows[:i])
    assert cluster_readings.largest_affinity(tables["rows"]) == pytest.approx(largest, abs=1e-12)


@pytest.mark.parametrize("reading", ["Ward", "k-means"])
def test_groups_of_averages_are_found(reading: str) -> None:
    kernels = _kernels()
    vectors = kernels.mean(dim=1).flatten(1).double()
    found, plane = cluster_readings.partition(reading, {}, vectors, clusters=2, neighbours=5, seed=0)
    assert plane is None
    assert adjusted_rand_index(found, torch.arange(24) % 2) == 1


def test_the_spectral_method_clusters_rows_whose_affinity_is_not_zero() -> None:
    points = torch.tensor([[0.0, 0], [0.2, 0], [2, 0], [2.2, 0], [4, 0], [4.1, 0]])
    found = cluster_readings.spectral(points, clusters=3, seed=0)
    assert adjusted_rand_index(found, torch.tensor([0, 0, 1, 1, 2, 2])) == 1


def test_neighbours_are_cut_for_the_study_and_refused_for_a_user() -> None:
    assert cluster_readings.usable_neighbours(30, 31, name="a") == 30
    assert cluster_readings.usable_neighbours(30, 13, name="a") == 12
    with pytest.raises(cluster_readings.ReadingError, match=r"a has 13 kernels, too few for 20 neighbours; .* 12"):
        cluster_readings.usable_neighbours(20, 13, name="a")


def test_sets_of_the_embedded_network() -> None:
    seen = subject({"model": "googlenet", "layer": "mixed3a, mixed4a_5x5"})
    found = cluster_sets.sets_of(seen, scale="laptop", neighbours=30)
    assert [(each.name, len(each.kernels), each.neighbours) for each in found] == [
        ("mixed3a 3×3", 51, 30),
        ("mixed3a 5×5", 13, 12),
        ("mixed4a 5×5", 19, 18),
    ]
    assert all(2 <= each.clusters <= cluster_sets.READ_OFF for each in found)
    with pytest.raises(SubjectError, match="kernels of 3×3 or more"):
        cluster_sets.sets_of(subject({"model": "googlenet", "layer": "mixed3a_1x1"}), scale="laptop", neighbours=30)


def test_planted_groups_have_the_silhouette_that_is_said() -> None:
    points, group = embedding_checks.planted_groups(90, 3, generator=generator(0, "planted"))
    distance = torch.cdist(points, points)
    same = (group[:, None] == group) & ~torch.eye(90, dtype=torch.bool)
    assert 1 - distance[same].mean() / distance[group[:, None] != group].mean() == pytest.approx(0.1, abs=0.01)


def test_the_longest_bar_of_a_square_of_points() -> None:
    angle = torch.linspace(0, 2 * np.pi, 25)[:-1]
    ring = torch.stack([angle.cos(), angle.sin()], dim=1).double()
    born, dies = 2 * np.sin(np.pi / 24), 2 * np.sin(np.pi * 8 / 24)  # neighbours join; the largest triangle fills it
    middle = np.median([2 * np.sin(np.pi * k / 24) for k in range(1, 24)])
    assert embedding_checks.longest_bar(ring) == pytest.approx((dies - born) / middle, rel=1e-3)
    assert embedding_checks.longest_bar(torch.arange(5.0)[:, None].double()) == 0


def test_precomputed_distances_are_no_rows() -> None:
    far = torch.tensor([0.0, 0.2, 3.0, 3.2, 6.0, 6.1])
    table = (far[:, None] - far).abs().double()
    found = cluster_readings.spectral(table, clusters=3, seed=0, precomputed=True)
    assert adjusted_rand_index(found, torch.tensor([0, 0, 1, 1, 2, 2])) == 1


@pytest.mark.parametrize("reading", cluster_readings.READINGS)
def test_every_reading_gives_the_clusters_asked_for(reading: str) -> None:
    kernels = _kernels()
    vectors = kernels.mean(dim=1).flatten(1).double()
    given = cluster_readings.tables(kernels)
    found, plane = cluster_readings.partition(reading, given, vectors, clusters=2, neighbours=5, seed=0)
    assert found.shape == (24,) and set(found.tolist()) == {0, 1}
    assert (plane is not None) == (reading in cluster_readings.EMBEDDED)
