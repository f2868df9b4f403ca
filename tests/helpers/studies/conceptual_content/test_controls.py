"""Trends with depth, on counts whose answer is known."""

import pytest
import torch
from scipy import stats

from helpers.studies.conceptual_content import controls
from tests.helpers.studies.conceptual_content.test_statements import BLIND, FALLING, LAYERS


def test_conclusions_that_hold_and_that_do_not():
    falling = controls.in_words(FALLING.counts(), LAYERS)
    for conclusion in ("fewer classes", "sparsity rises", "flatness falls"):
        assert falling[conclusion].startswith("as said"), conclusion
    assert falling["similarity falls"].startswith("reversed")  # fewer classes, and the same for all units
    rising = controls.in_words(FALLING.counts().flip(1), LAYERS)
    assert rising["fewer classes"].startswith("reversed")


def test_curves_and_correlations_are_those_of_loops():
    curve = controls.mean_classes(BLIND.counts(), LAYERS)
    assert curve.shape == (2, 4)
    expected = [stats.spearmanr(range(4), row).statistic for row in curve]
    assert controls.with_depth(curve) == pytest.approx(expected)
    assert controls.with_depth(torch.ones(1, 5)) == [0]
    assert controls.between(curve, -curve) == pytest.approx([-1, -1])
    assert controls.fall(torch.tensor([[5.0, 4.0, 3.0, 1.0]]).double()).tolist() == [4]
