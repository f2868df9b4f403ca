"""Clusters: two planted groups are two, one elongated or skewed cloud is one; silhouettes against scikit-learn's."""

import numpy as np
import pytest
import torch
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import silhouette_score

from helpers.randomness import generator
from helpers.studies.conceptual_content.clusters import best_split, clusters, gaussian_like, principal, silhouettes

POINTS = 50


def clouds(sets, axes, *, stretch=1.0, apart=0.0, purpose="clouds"):
    """Gaussian clouds, the first axis stretched; every other point is moved ``apart`` along the second axis."""
    points = torch.randn(sets, POINTS, axes, generator=generator(0, purpose), dtype=torch.double)
    points[..., 0] *= stretch
    points[:, ::2, 1] += apart
    return points


def test_splits_and_silhouettes_are_those_of_scikit_learn():
    points = clouds(5, 3, stretch=3.0)
    found = best_split(points)
    for k, each in enumerate(points.numpy()):
        expected = {}
        for number in (2, 3, 4):
            labels = AgglomerativeClustering(number).fit_predict(each)
            if np.bincount(labels).min() >= POINTS / 10:
                expected[number] = silhouette_score(each, labels)
        best = max(expected, key=expected.__getitem__)
        assert int(found.clusters[k]) == best
        assert float(found.silhouette[k]) == pytest.approx(expected[best])


def test_a_single_outlier_is_no_cluster():
    points = clouds(1, 2)
    distance = torch.cdist(points, points)
    label = torch.zeros(1, POINTS, dtype=torch.long)
    label[0, 0] = 1
    assert float(silhouettes(distance, label)) == 0
    assert float(silhouettes(distance, torch.zeros_like(label))) == 0


def test_two_groups_are_two_and_one_elongated_cloud_is_one():
    two = clusters(clouds(10, 30, apart=8.0), draws=39, generator=generator(1, "draws"))
    assert two.number.tolist() == [2] * 10 and float(two.p.max()) <= 0.05
    one = clusters(clouds(40, 30, stretch=8.0), draws=39, generator=generator(1, "draws"))
    assert int((one.number > 1).sum()) <= 6  # 5% of 40 are 2; 7 or more have a probability of 1%
    assert (
        float(best_split(principal(clouds(40, 30, stretch=8.0))).silhouette.mean()) > 0.3
    )  # which looks like clusters
    assert abs(float(one.excess.mean())) < 0.7 < float(two.excess.mean())


def test_gaussians_have_the_covariance_of_the_points():
    points = clouds(2, 4, stretch=5.0)
    drawn = gaussian_like(points, draws=400, generator=generator(0, "draws"))
    assert drawn.shape == (2, 400, POINTS, 4)
    for k in range(2):
        expected = torch.linalg.eigvalsh(torch.cov(points[k].T)).flip(0)
        torch.testing.assert_close(drawn[k].flatten(0, 1).var(dim=0), expected, rtol=0.05, atol=0)


def test_principal_components_keep_the_distances_that_they_can():
    points = clouds(3, 5)
    kept = principal(points)
    torch.testing.assert_close(torch.cdist(kept, kept), torch.cdist(points, points))
    assert principal(clouds(1, 30)).shape == (1, POINTS, 10)
