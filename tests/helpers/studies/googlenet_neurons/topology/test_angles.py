"""Angles against SciPy, NumPy and counting."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from helpers.randomness import generator
from helpers.studies.googlenet_neurons.topology.angles import correlation_by_turn, resultant, shares, turning_together

ANGLES = torch.rand(50, generator=generator(0, "angles")) * 3


def test_resultant():
    assert float(resultant(ANGLES)) == pytest.approx(1 - stats.circvar(ANGLES.numpy()), rel=1e-5)


def test_turning_together():
    assert turning_together(ANGLES, 1 - ANGLES) == pytest.approx(1)
    assert turning_together(ANGLES, ANGLES + 2) == pytest.approx(1)
    evenly = torch.arange(100) * 2 * math.pi / 100
    assert turning_together(evenly, 2 * evenly) < 0.01


def test_shares():
    found = shares(torch.tensor([0.0, 0.1, -0.1, math.pi / 2, math.pi, -math.pi]), sectors=4)
    assert found.tolist() == pytest.approx([3 / 6, 1 / 6, 2 / 6, 0])


def test_correlation_by_turn():
    a, b = torch.tensor([1, 2, 3, 5]), torch.tensor([2, 3, 5, 1])
    expected = [np.corrcoef(a, np.roll(b, k))[0, 1] for k in range(4)]
    assert correlation_by_turn(a, b).tolist() == pytest.approx(expected, rel=1e-5)
    assert float(correlation_by_turn(a, b)[1]) == pytest.approx(1)
