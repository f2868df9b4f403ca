"""p-values, against loops and SciPy."""

import numpy as np
import pytest
import torch
from scipy import stats

from helpers.studies.conceptual_content.significance import p_by_normal_fit, p_by_rank, shapiro_wilk, skewness

VALUES = torch.rand(3, 20, generator=torch.Generator().manual_seed(0)).double() ** 2
VALUES[0, :4] = 0.5  # ties


@pytest.mark.parametrize("side", ["high", "low"])
def test_p_values_are_those_of_loops(side):
    sign = 1 if side == "high" else -1
    ranks, normal = p_by_rank(VALUES, side=side), p_by_normal_fit(VALUES, side=side)
    for layer, row in enumerate(sign * VALUES.numpy()):
        for unit, value in enumerate(row):
            others = np.delete(row, unit)
            assert float(ranks[layer, unit]) == pytest.approx((row >= value).mean())
            expected = stats.norm.sf(value, others.mean(), others.std(ddof=1))
            assert float(normal[layer, unit]) == pytest.approx(expected, abs=1e-9)


def test_a_first_of_64_cannot_have_a_rank_below_one_64th():
    values = torch.arange(64).double()
    assert float(p_by_rank(values).min()) == 1 / 64
    assert float(p_by_rank(values)[62]) == 2 / 64


def test_shape_of_a_distribution():
    assert skewness(VALUES).numpy() == pytest.approx(stats.skew(VALUES.numpy(), axis=1))
    assert shapiro_wilk(VALUES).numpy() == pytest.approx([stats.shapiro(row).pvalue for row in VALUES.numpy()])
    assert shapiro_wilk(VALUES[0]).shape == ()
