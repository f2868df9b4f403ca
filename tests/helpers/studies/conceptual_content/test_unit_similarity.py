"""Similarity of rows, against NumPy and SciPy; Mantel's test against a loop."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.spatial.distance import pdist, squareform

from helpers.randomness import generator
from helpers.studies.conceptual_content.unit_similarity import (
    clustered_order,
    correlations,
    distances,
    mantel_test,
    mean_of_unit,
    pairs,
)

COUNTS = torch.randint(0, 6, (2, 9, 12), generator=torch.Generator().manual_seed(1))


def test_matrices():
    for layer, rows in enumerate(COUNTS.numpy()):
        assert correlations(COUNTS)[layer].numpy() == pytest.approx(np.corrcoef(rows), abs=1e-12)
        assert distances(COUNTS)[layer].numpy() == pytest.approx(squareform(pdist(rows)), abs=1e-9)
        cosine = squareform(pdist(rows, "cosine"))
        assert distances(COUNTS, unit_length=True)[layer].square().numpy() / 2 == pytest.approx(cosine, abs=1e-9)


def test_averages_leave_the_diagonal_out():
    matrix = correlations(COUNTS)
    off = ~torch.eye(9, dtype=torch.bool)
    for layer in range(2):
        assert float(pairs(matrix)[layer].mean()) == pytest.approx(float(matrix[layer][off].mean()))
        assert float(mean_of_unit(matrix)[layer, 3]) == pytest.approx(float(matrix[layer, 3][off[3]].mean()))


def test_units_of_a_cluster_are_neighbours():
    rows = torch.eye(3).repeat(4, 1) * 10 + torch.rand(12, 3, generator=generator(0, "noise"))
    kinds = [k % 3 for k in clustered_order(distances(rows)).tolist()]
    assert sum(a != b for a, b in pairwise(kinds)) == 2


def test_mantel_is_a_rank_correlation_over_pairs_with_permuted_units():
    a, b = distances(COUNTS)[0], distances(COUNTS[:, :, :6])[0]
    found = mantel_test(a, b, permutations=199, generator=generator(0, "mantel"))
    assert found.correlation == pytest.approx(stats.spearmanr(pairs(a), pairs(b)).statistic)
    random, reached = generator(0, "mantel"), 1
    for _ in range(199):
        order = torch.randperm(9, generator=random)
        permuted = stats.spearmanr(pairs(a), pairs(b[order][:, order])).statistic
        reached += permuted >= found.correlation - 1e-12
    assert found.p == pytest.approx(reached / 200)
