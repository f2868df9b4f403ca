"""What sentences on similarity are judged by, on rows whose answer is known."""

import numpy as np
import pytest
import torch
from scipy import stats

from helpers.models.vgg import VGG16
from helpers.studies.conceptual_content import similarity_statements as similarity
from tests.helpers.studies.conceptual_content.test_statements import BLIND, FALLING, LAYERS


def test_means_over_pairs_are_those_of_loops():
    counts = FALLING.counts()
    means = similarity.mean_similarity(counts, LAYERS)
    rows = counts[1, LAYERS["relu1"]].double().numpy()
    pairs = [np.corrcoef(rows[a], rows[b])[0, 1] for a in range(40) for b in range(a)]
    assert float(means[1, 1]) == pytest.approx(np.mean(pairs))
    apart = [np.linalg.norm(rows[a] - rows[b]) for a in range(40) for b in range(a)]
    assert float(similarity.mean_distance(counts, LAYERS)[1, 1]) == pytest.approx(np.mean(apart))


def test_units_that_share_classes_and_units_that_share_none():
    counts = FALLING.counts()
    true = similarity.of_similarity(similarity.mean_similarity(counts, LAYERS))
    rows = similarity.with_permuted_names(counts, seed=0)
    permuted = similarity.of_similarity(similarity.mean_similarity(rows, LAYERS))
    assert min(true["abstract.similarity"]) > 0.9 and max(permuted["abstract.similarity"]) < 0.1
    assert true["fig-5.similarity"]["4"] == pytest.approx([1, 1])
    assert abs(float(similarity.mean_similarity(BLIND.counts(), LAYERS).mean())) < 0.02
    apart = similarity.mean_distance(rows, LAYERS)
    assert (similarity.rise(apart) > 0).all()  # fewer classes, longer rows: nothing is shared


def test_pairs_of_units_in_two_tables():
    a, b = torch.randn(2, 12, 30, generator=torch.Generator().manual_seed(0))
    upper = np.triu_indices(12, 1)
    expected = stats.spearmanr(np.corrcoef(a)[upper], np.corrcoef(b)[upper]).statistic
    assert similarity.pair_correlation(a, b) == pytest.approx(expected)
    assert similarity.pair_correlation(a, 2 * a + 1) == pytest.approx(1)


def test_kernels_are_those_in_front_of_a_layer():
    network = VGG16(width=0.1, last="relu1_2")
    found = similarity.kernels(network, "relu1_2")
    assert found is not None and found.shape[0] == network.conv1_2.out_channels
    assert similarity.kernels(torch.nn.Sequential(torch.nn.ReLU()), "0") is None
