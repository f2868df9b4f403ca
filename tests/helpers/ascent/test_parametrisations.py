import pytest
import torch

from helpers.ascent.parametrisations import gaussian_starts, uniform_starts


def test_uniform_starts_belong_to_their_seed_and_fill_the_range():
    starts = uniform_starts(50, 100, reach=0.05, seeds=[3, 8])
    assert 0.049 < starts.abs().max() <= 0.05
    assert starts.std().item() == pytest.approx(0.05 / 3**0.5, rel=0.03)
    assert torch.equal(starts[1:], uniform_starts(50, 100, reach=0.05, seeds=[8]))


def test_the_first_gaussian_starts_stay_when_more_are_asked_for():
    assert torch.equal(gaussian_starts(2, (3, 4, 4), seed=0), gaussian_starts(5, (3, 4, 4), seed=0)[:2])
    assert not torch.equal(gaussian_starts(1, (3, 4, 4), seed=0), gaussian_starts(1, (3, 4, 4), seed=1))


def test_gaussian_starts_have_the_spread_that_is_asked_for():
    starts = gaussian_starts(4, (3, 50, 50), seed=0, spread=0.3)
    assert starts.mean().item() == pytest.approx(0, abs=0.01)
    assert starts.std().item() == pytest.approx(0.3, rel=0.02)
