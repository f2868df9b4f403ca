"""DBSCAN for few points, against scikit-learn's."""

import numpy as np
import pytest
from sklearn.cluster import DBSCAN

from helpers.studies.googlenet_neurons.topology.small_dbscan import SmallDBSCAN


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("least", [1, 2, 3, 10])
def test_the_labels_of_scikit_learn(seed, least):
    random = np.random.default_rng(seed)
    points = random.normal(size=(int(random.integers(1, 120)), 9)).astype(np.float32)
    for eps in (0.5, 2.0, 2.6, 3.2, 8.0):
        expected = DBSCAN(eps=eps, min_samples=least).fit(points).labels_
        assert SmallDBSCAN(eps, least).fit(points).labels_.tolist() == expected.tolist()


def test_a_point_between_two_clusters_belongs_to_the_first():
    points = np.array([[0.0], [0.1], [0.2], [1.1], [2.0], [2.1], [2.2]])
    found = SmallDBSCAN(0.95, 4).fit(points).labels_
    assert found.tolist() == DBSCAN(eps=0.95, min_samples=4).fit(points).labels_.tolist()
