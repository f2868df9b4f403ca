import numpy as np
import pytest
import torch
from sklearn import metrics

from helpers.metrics import clusters
from helpers.randomness import generator


def _points(count: int = 40, axes: int = 3, apart: float = 0.0) -> torch.Tensor:
    noise = torch.randn(count, axes, generator=generator(0, "points"), dtype=torch.double)
    return noise + apart * (torch.arange(count) % 2)[:, None]


def _labels(count: int, number: int, seed: int) -> torch.Tensor:
    return torch.randint(number, (count,), generator=generator(seed, "labels"))


@pytest.mark.parametrize("number", [1, 2, 5])
def test_adjusted_rand_index_is_that_of_scikit_learn(number: int) -> None:
    one, other = _labels(60, 4, 0), _labels(60, number, 1)
    assert clusters.adjusted_rand_index(one, other) == pytest.approx(metrics.adjusted_rand_score(one, other))
    assert clusters.adjusted_rand_index(one, 7 - one) == 1


def test_partitions_of_different_points_are_refused() -> None:
    with pytest.raises(clusters.ClustersError, match="Partitions of 3 and 2 points cannot be compared"):
        clusters.adjusted_rand_index(torch.tensor([0, 1, 1]), torch.tensor([0, 1]))


def test_silhouette_is_that_of_scikit_learn() -> None:
    points, label = _points(), _labels(40, 4, 0)
    label[0] = 9  # a cluster of one point
    found = clusters.silhouette(torch.cdist(points, points), label)
    np.testing.assert_allclose(found, metrics.silhouette_samples(points, label), atol=1e-9)
    assert not clusters.silhouette(torch.cdist(points, points), torch.zeros(40, dtype=torch.long)).any()


def test_shares_and_their_distance() -> None:
    shares = clusters.sorted_shares(torch.tensor([2, 0, 2, 2, 5]))
    torch.testing.assert_close(shares, torch.tensor([0.6, 0.2, 0.2], dtype=torch.double))
    assert clusters.total_variation(shares, torch.tensor([0.5, 0.5])) == pytest.approx(0.3)


def test_a_circle_and_a_disc() -> None:
    angle = torch.linspace(0, 2 * np.pi, 401, dtype=torch.double)[:-1]
    circle = 3 + torch.stack([angle.cos(), angle.sin()], dim=1)
    radius = (torch.arange(0.5, 400) / 400).sqrt()[:, None]
    disc = radius * torch.stack([(angle * 161).cos(), (angle * 161).sin()], dim=1)  # spread evenly over the disc
    assert clusters.radial_variation(circle) == pytest.approx(0, abs=1e-9)
    assert clusters.filled_centre(circle) == 0
    assert clusters.radial_variation(disc) == pytest.approx(8**-0.5, abs=0.01)
    assert clusters.filled_centre(disc) == pytest.approx(0.125, abs=0.01)


def test_a_tree_is_cut_where_its_heights_differ_most() -> None:
    points = torch.tensor([[0.0], [0.1], [5.0], [5.2], [20.0], [20.3]])
    tree = clusters.ward_tree(points)
    assert clusters.cut(tree, 3).tolist() == [0, 0, 1, 1, 2, 2]
    assert clusters.widest_step(tree, 5) == 2
    assert len(clusters.cut(tree, 9).unique()) == 6


def test_within_spread_is_the_sum_of_squares_of_the_clusters() -> None:
    points = _points(12)
    found = clusters._log_spreads(points, 5).exp()
    for number in range(1, 6):
        label = clusters.cut(clusters.ward_tree(points), number)
        within = sum(((own := points[label == k]) - own.mean(dim=0)).square().sum() for k in label.unique())
        assert found[number - 1] == pytest.approx(float(within))


@pytest.mark.parametrize(("apart", "number"), [(0.0, 1), (12.0, 2)])
def test_the_gap_statistic_counts_planted_clusters(apart: float, number: int) -> None:
    gaps = clusters.gap_statistic(_points(apart=apart), most=5, draws=10, generator=generator(0, "gap"))
    assert gaps.clusters == number
    never = clusters.Gaps(torch.tensor([0.0, 1.0, 2.0]), torch.zeros(3))
    assert never.clusters == 3
