import math
from itertools import combinations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import ConvexHull
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from helpers.studies.jump_detection.output_layers import (
    centred_pseudo_inverse,
    classifies,
    convex_position_in_square,
    crossings,
    least_squares,
    nearest_direction,
    nearest_point,
    pseudo_inverse,
    pseudo_inverse_succeeds,
)


def points(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_pseudo_inverse_is_numpys_of_the_map_from_unit_vectors_to_points():
    sets = points(4, 7, 3)
    layer = pseudo_inverse(sets)
    for index in range(4):
        forward = sets[index].numpy().T  # F: columns are the points
        assert np.allclose(layer.weight[index].numpy().T, np.linalg.pinv(forward))
        assert np.allclose(layer(sets)[index].numpy().T, np.linalg.pinv(forward) @ forward)


def test_least_squares_is_numpys():
    sets = points(3, 8, 2)
    layer = least_squares(sets)
    for index in range(3):
        v = np.hstack([sets[index].numpy(), np.ones((8, 1))])
        expected = np.linalg.lstsq(v, np.eye(8), rcond=None)[0]
        assert np.allclose(layer.weight[index].numpy(), expected[:-1])
        assert np.allclose(layer.bias[index].numpy(), expected[-1])


def test_centred_pseudo_inverse_differs_from_least_squares_by_one_over_n():
    sets = points(5, 6, 3)
    ours, best = centred_pseudo_inverse(sets), least_squares(sets)
    assert torch.allclose(ours.weight, best.weight)
    assert torch.allclose(best.bias - ours.bias, torch.full((5, 6), 1 / 6, dtype=torch.float64))


def test_nearest_point_with_a_covariance_is_linear_discriminant_analysis():
    means = points(5, 2, seed=3) * 4
    covariance = torch.tensor([[1.0, 0.6], [0.6, 2.0]], dtype=torch.float64)
    x = points(500, 2, seed=4) * 6 - 1
    lda = LinearDiscriminantAnalysis(solver="lsqr", priors=np.full(5, 0.2))
    # five classes whose means and pooled covariance are exactly those given
    spread = torch.linalg.cholesky(covariance) * math.sqrt(2)
    cloud = torch.cat([spread.T, -spread.T])
    lda.fit((means[:, None] + cloud).flatten(0, 1).numpy(), np.repeat(np.arange(5), 4))
    assert (nearest_point(means, covariance)(x).argmax(-1).numpy() == lda.predict(x.numpy())).all()


@given(st.integers(2, 30), st.integers(1, 4), st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_the_nearest_point_and_its_direction_always_classify(count, dimension, seed):
    sets = points(3, count, dimension, seed=seed) - 0.5
    assert classifies(nearest_point(sets), sets).all()
    if dimension > 1:
        assert classifies(nearest_direction(sets), sets).all()


def test_two_points_on_one_ray_cannot_be_told_apart_without_a_bias():
    ray = torch.tensor([[1.0, 2.0], [2.0, 4.0]])
    assert not classifies(nearest_direction(ray), ray)
    assert classifies(nearest_point(ray), ray)


def test_classifies_wants_the_own_output_strictly_largest():
    layer = pseudo_inverse(torch.eye(2)[None])
    assert classifies(layer, torch.eye(2)[None]).tolist() == [True]
    assert classifies(layer, torch.tensor([[[1.0, 1.0], [0.0, 1.0]]])).tolist() == [False]


@pytest.mark.parametrize("affine", [False, True])
@pytest.mark.parametrize(("count", "dimension"), [(4, 2), (5, 2), (7, 3), (12, 6)])
def test_the_quick_check_agrees_with_the_output_layer(count, dimension, affine):
    sets = points(400, count, dimension, seed=count)
    layer = (least_squares if affine else pseudo_inverse)(sets)
    quick = pseudo_inverse_succeeds(sets, affine=affine)
    assert 0 < quick.sum() < len(sets)
    assert torch.equal(quick, classifies(layer, sets))


def test_with_as_many_dimensions_as_points_the_pseudo_inverse_is_exact():
    assert pseudo_inverse_succeeds(points(50, 5, 5)).all()
    assert pseudo_inverse_succeeds(points(50, 5, 4), affine=True).all()


@given(st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_success_is_the_same_after_any_linear_map_of_the_points(seed):
    sets, mixing = points(20, 6, 3, seed=seed) - 0.5, points(3, 3, seed=seed + 1) + torch.eye(3, dtype=torch.float64)
    assert torch.equal(pseudo_inverse_succeeds(sets), pseudo_inverse_succeeds(sets @ mixing))


def test_convex_position_is_valtrs_and_bounds_the_pseudo_inverse():
    sets = points(4000, 5, 2, seed=9)
    convex = torch.tensor([len(ConvexHull(each).vertices) == 5 for each in sets.numpy()])
    assert convex.double().mean().item() == pytest.approx(convex_position_in_square(5), abs=0.025)
    assert convex_position_in_square(5) == pytest.approx((70 / 120) ** 2)
    for affine in (False, True):
        assert not (pseudo_inverse_succeeds(sets, affine=affine) & ~convex).any()
    with pytest.raises(ValueError, match="at least one point"):
        convex_position_in_square(0)


def test_crossings_count_pairs_of_segments_that_meet():
    bow = torch.tensor([[0.0, 0], [1, 1], [1, 0], [0, 1]])
    line = torch.tensor([[0.0, 0], [1, 0], [2, 0.5], [3, 2]])
    assert crossings(torch.stack([bow, line])).tolist() == [1, 0]
    walk = points(15, 2, seed=5)
    segments = [((*a,), (*b,)) for a, b in zip(walk.tolist(), walk.tolist()[1:], strict=False)]
    expected = sum(
        _meet(first, second) for (i, first), (j, second) in combinations(enumerate(segments), 2) if j > i + 1
    )
    assert crossings(walk).item() == expected > 5


def _meet(first, second):
    """Cramer's rule: both parameters of the crossing of the two lines lie within the segments."""
    (a, b), (c, d) = np.array(first), np.array(second)
    s, t = np.linalg.solve(np.column_stack([b - a, c - d]), c - a)
    return 0 < s < 1 and 0 < t < 1
