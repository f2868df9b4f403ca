"""Means over all pairs against SciPy, which writes every distance down, and against loops."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist

from helpers.metrics.class_deviation import (
    activation_level,
    by_layer,
    deviations,
    inner_deviation,
    inter_deviation,
    mean_pairwise,
    representations,
)

DISTANCES = ["euclidean", "cosine", "correlation"]
RANDOM = torch.Generator().manual_seed(0)
X = torch.randn(2, 60, 7, generator=RANDOM).relu() + 0.1
LABEL = torch.stack([torch.randperm(60, generator=RANDOM) % 4, torch.randint(4, (60,), generator=RANDOM)])


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("block", [1, 7, 30, 1000])
def test_mean_of_all_pairs_is_scipys(distance, block):
    x = torch.randn(61, 5, generator=torch.Generator().manual_seed(1)) + 2
    ours = mean_pairwise(x, distance, block=block)
    assert float(ours) == pytest.approx(pdist(x.double().numpy(), distance).mean(), rel=1e-10)


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 40), st.integers(3, 9), st.floats(-1e3, 1e3), st.floats(1e-3, 1e3))
def test_far_from_the_origin_and_at_any_scale(members, units, shift, scale):
    random = torch.Generator().manual_seed(members)
    # in float32 a small vector far from the origin would be constant, and without a correlation
    x = torch.randn(members, units, generator=random, dtype=torch.float64) * scale + shift
    for distance in DISTANCES:
        assert float(mean_pairwise(x, distance, block=16)) == pytest.approx(
            pdist(x.numpy(), distance).mean(), rel=1e-5, abs=1e-9
        )


def test_duplicates_have_no_distance():
    assert float(mean_pairwise(torch.full((5, 100), 3.7), "euclidean")) < 1e-6


@pytest.mark.parametrize("distance", DISTANCES)
def test_inner_deviation_class_by_class(distance):
    ours = inner_deviation(X, LABEL, classes=4, distance=distance)
    for s in range(2):
        per_class = [pdist(X[s, LABEL[s] == c].double().numpy(), distance).mean() for c in range(4)]
        assert float(ours[s]) == pytest.approx(sum(per_class) / 4, rel=1e-9)


def test_representations():
    averaged = representations(X, LABEL, classes=4)
    for s in range(2):
        for c in range(4):
            assert torch.allclose(averaged[s, c], X[s, LABEL[s] == c].double().mean(0))


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("pairs", ["adjacent", "all"])
def test_inter_deviation_pair_by_pair(distance, pairs):
    averaged = representations(X, LABEL, classes=4)
    ours = inter_deviation(averaged, distance=distance, pairs=pairs)
    for s in range(2):
        each = pdist(averaged[s].numpy(), distance)  # 01 02 03 12 13 23
        chosen = each[[0, 3, 5]] if pairs == "adjacent" else each
        assert float(ours[s]) == pytest.approx(chosen.mean(), rel=1e-9)


def test_ten_classes_have_45_pairs_and_sixty_have_59_neighbours():
    line = torch.arange(60.0).reshape(1, 60, 1)
    assert float(inter_deviation(line, distance="euclidean", pairs="adjacent")[0]) == pytest.approx(1)
    assert float(inter_deviation(line[:, :10], distance="euclidean", pairs="all")[0]) == pytest.approx(165 / 45)


def test_activation_level():
    signed = X - 1
    for s in range(2):
        assert float(activation_level(signed)[s]) == pytest.approx(
            sum(abs(float(v)) for v in signed[s].flatten()) / 60, rel=1e-5
        )


def test_all_measures_of_all_layers():
    layers = by_layer([X, 2 * X], LABEL, classes=4, pairs="all")
    one = deviations(X, LABEL, classes=4, pairs="all")
    for name, curve in layers.items():
        assert curve.shape == (2, 2)
        assert torch.allclose(curve[:, 0], getattr(one, name))
        scale = 2 if name in ("level", "inner_euclidean", "inter_euclidean") else 1
        assert torch.allclose(curve[:, 1], scale * curve[:, 0])  # only these three notice a change of level
    assert torch.allclose(one.inner_normalised, inner_deviation(X, LABEL, classes=4, distance="euclidean") / one.level)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: mean_pairwise(X[0, :1], "cosine"), "at least two members, not 1"),
        (lambda: inner_deviation(X, LABEL, classes=5, distance="cosine"), "Class 4 has 0 of the 60 signals"),
        (lambda: representations(X, LABEL, classes=3), "The labels reach 3, but there are only 3 classes"),
    ],
)
def test_one_clear_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
