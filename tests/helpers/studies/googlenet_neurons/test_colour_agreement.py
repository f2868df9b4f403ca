"""Agreement of labels, against scikit-learn and against loops."""

import numpy as np
import pytest
import torch
from sklearn.metrics import cohen_kappa_score, roc_auc_score

from helpers.studies.googlenet_neurons.colour import agreement, peaks, statements
from helpers.studies.googlenet_neurons.colour.sample import Sample
from helpers.studies.googlenet_neurons.subject import Branch

RANDOM = torch.Generator().manual_seed(0)
A, B = (torch.rand(200, generator=RANDOM) < share for share in (0.3, 0.4))
LAYER = torch.arange(200) // 50
SCORE = torch.rand(200, generator=RANDOM).round(decimals=1)  # with ties


def test_kappa_is_that_of_scikit_learn():
    assert agreement.kappa(A, B) == pytest.approx(cohen_kappa_score(A, B))
    assert agreement.kappa(A, A) == 1 and agreement.kappa(torch.ones(5).bool(), torch.ones(5).bool()) == 0
    whole = agreement.kappa_interval(A, B, draws=200)
    assert whole.low < whole.mean < whole.high


def test_the_auc_within_layers_counts_pairs_of_a_layer():
    pairs = [
        (SCORE[i] > SCORE[j]) + 0.5 * (SCORE[i] == SCORE[j])
        for i in range(200) for j in range(200)
        if A[i] and not A[j] and LAYER[i] == LAYER[j]
    ]  # fmt: skip
    assert agreement.auc_within(SCORE, A, LAYER) == pytest.approx(float(np.mean(pairs)))
    one = agreement.auc_within(SCORE, A, torch.zeros_like(LAYER))
    assert one == pytest.approx(roc_auc_score(A, SCORE))
    assert np.isnan(agreement.auc_within(SCORE, torch.ones(200).bool(), LAYER))


def test_units_are_dealt_evenly_and_shares_are_means():
    part = agreement.dealt(LAYER, parts=5, seed=0)
    assert all(int(((part == k) & (LAYER == 2)).sum()) == 10 for k in range(5))
    table = agreement.by_part(A, LAYER, part)
    assert float(table[3, 1]) == pytest.approx(float(A[(part == 3) & (LAYER == 1)].double().mean()))
    assert agreement.permuted(LAYER, seed=1).sort().values.equal(LAYER)


def test_partners_are_the_nearest_units_of_the_layer_without_the_label():
    index, strength = torch.rand(200, generator=RANDOM), torch.rand(200, generator=RANDOM)
    found = statements.differences_to_partners(index, A, LAYER, strength)
    expected = []
    for unit in range(200):
        if A[unit]:
            others = [k for k in range(200) if LAYER[k] == LAYER[unit] and not A[k]]
            nearest = min(others, key=lambda k: abs(float(strength[k] - strength[unit])))
            expected.append(float(index[unit] - index[nearest]))
    assert found == pytest.approx(expected)


def test_counts_thresholds_and_ratios():
    assert statements.counts_by_layer(A, LAYER, 4)[2] == (int(A[100:150].sum()), 50)
    thresholds = np.array([0.0, 0.35, 1.0])
    curves = statements.thresholds_of(SCORE, LAYER, 4, thresholds)
    assert curves[1].tolist() == pytest.approx([float((SCORE[50:100] <= t).double().mean()) for t in thresholds])
    part = torch.zeros_like(LAYER)
    expected = int((SCORE <= 0.5).sum()) / int((SCORE <= 0.2).sum())
    assert statements.ratio_of_counts(SCORE, part, more=0.5, fewer=0.2) == [expected]
    assert statements.least_coloured_in_first(torch.arange(200.0), LAYER, part) == [1.0]


def test_units_are_told_apart_by_the_size_of_their_kernels():
    def branch(name: str, side: int, units: int) -> Branch:
        return Branch(block="a", name=name, layer="l", convolution="c", size=(side, side), first=0, units=units)

    branches = [branch("1x1", 1, 2), branch("3x3", 3, 3), branch("pool_reduce", 1, 1), branch("1x1", 1, 1)]
    found = {kind: own.int().tolist() for kind, own in statements.units_by_kind(branches).items()}
    assert found == {
        "1×1": [1, 1, 0, 0, 0, 0, 1],
        "3×3": [0, 0, 1, 1, 1, 0, 0],
        "1×1 behind the pooling": [0, 0, 0, 0, 0, 1, 0],
    }


def test_another_threshold_flags_other_units():
    images = torch.zeros(1, 2, 3, 4, 4, dtype=torch.uint8)
    images[0, :, 0] = 6  # peaks at 6, 0 and 0: a spread of 2.83
    sample = Sample(
        place=torch.zeros(1).long(), number=torch.zeros(1).long(), layer=torch.zeros(1).long(), images=[images]
    )
    flags = {threshold: statements.by_readings(sample, threshold)[peaks.MAIN].item() for threshold in (2, 3)}
    assert flags == {2: False, 3: True}
    assert not statements.by_readings(sample)[peaks.MAIN].item()
