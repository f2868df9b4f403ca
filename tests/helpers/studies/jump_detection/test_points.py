import pytest
import torch
from scipy.spatial.distance import pdist

from helpers.studies.jump_detection.output_layers import crossings
from helpers.studies.jump_detection.points import (
    figure_of_eight,
    half_circle,
    normal,
    random_walk,
    separated,
    spiral,
    uniform,
)


def generator():
    return torch.Generator().manual_seed(2)


def test_random_sets_have_the_moments_of_their_distribution():
    flat, bell = (draw(20_000, 3, 2, random=generator()) for draw in (uniform, normal))
    assert flat.shape == bell.shape == (20_000, 3, 2)
    assert 0 <= flat.min() < flat.max() <= 1
    assert flat.mean().item() == pytest.approx(0.5, abs=0.01)
    assert flat.var().item() == pytest.approx(1 / 12, rel=0.02)
    assert bell.mean().item() == pytest.approx(0, abs=0.01)
    assert bell.var().item() == pytest.approx(1, rel=0.02)


def test_separated_keeps_exactly_the_sets_without_close_points():
    sets = uniform(300, 5, 2, random=generator())
    kept = separated(sets, 0.2)
    expected = [each for each in sets if pdist(each.numpy()).min() >= 0.2]
    assert 0 < len(kept) < 300
    assert torch.equal(kept, torch.stack(expected))
    assert separated(sets, 0.0) is sets


def test_curves_cross_themselves_as_their_names_say():
    assert [int(crossings(curve(60))) for curve in (half_circle, spiral, figure_of_eight)] == [0, 0, 1]
    assert half_circle(7).square().sum(-1).tolist() == pytest.approx([1] * 7)
    assert int(crossings(random_walk(60, random=generator()))) > 1
