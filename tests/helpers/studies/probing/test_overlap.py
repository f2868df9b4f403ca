"""Overlap of sets beyond chance, against a count and against random sets."""

import math

import pytest
import torch

from helpers.studies.probing.overlap import jaccard_beyond_chance

RANDOM = torch.Generator().manual_seed(0)


def test_equal_sets_and_independent_sets():
    sets = [torch.rand(4, 50, 50, generator=RANDOM) < p for p in (0.2, 0.6)]
    assert jaccard_beyond_chance(sets, sets) == 1
    others = [torch.rand(4, 50, 50, generator=RANDOM) < p for p in (0.2, 0.6)]
    assert jaccard_beyond_chance(sets, others) == pytest.approx(0, abs=0.02)


def test_the_definition():
    a, b = torch.tensor([1, 1, 1, 0, 0, 0]).bool(), torch.tensor([1, 0, 0, 1, 0, 0]).bool()
    chance = (3 * 2 / 6) / (3 + 2 - 3 * 2 / 6)
    assert jaccard_beyond_chance([a], [b]) == pytest.approx((1 / 4 - chance) / (1 - chance))
    assert jaccard_beyond_chance([a], [~a]) < 0


def test_sets_that_tell_nothing():
    everything, nothing = torch.ones(5).bool(), torch.zeros(5).bool()
    assert math.isnan(jaccard_beyond_chance([everything], [everything]))
    assert math.isnan(jaccard_beyond_chance([nothing], [nothing]))
    with pytest.raises(ValueError):
        jaccard_beyond_chance([nothing], [])
