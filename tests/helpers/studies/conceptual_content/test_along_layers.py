"""Values by layer, against loops."""

from itertools import combinations

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.stats.contingency import association

from helpers.randomness import generator
from helpers.studies.conceptual_content.along_layers import (
    by_depth,
    cramers_v,
    expected_lowest,
    layer_means,
    low_and_high,
    rank_correlations,
)

LAYERS = {"a": slice(0, 4), "b": slice(4, 12), "c": slice(12, 20)}
VALUES = torch.rand(3, 20, generator=generator(0, "values"), dtype=torch.double)


def test_means_leave_units_without_a_value_out():
    values = VALUES.clone()
    values[1, 5] = torch.nan
    found = by_depth(layer_means(values, LAYERS))
    assert found["2"][1] == pytest.approx(float(values[1, [4, *range(6, 12)]].mean()))
    assert found["1"] == pytest.approx(VALUES[:, :4].mean(dim=1).tolist())


def test_blocks_of_vgg16():
    widths = [64] * 2 + [128] * 2 + [256] * 3 + [512] * 6
    ends = np.cumsum([0, *widths]).tolist()
    low, high = low_and_high({str(k): slice(ends[k], ends[k + 1]) for k in range(13)})
    assert low == slice(0, 2 * 64 + 2 * 128) and high == slice(4224 - 6 * 512, 4224)


def test_rank_correlations_are_scipys():
    a, b = VALUES[0].clone(), VALUES[1].clone()
    a[4:12] = 1  # a layer without differences
    b[13] = torch.nan
    found = rank_correlations(a, b, LAYERS)
    assert found[0] == pytest.approx(stats.spearmanr(a[:4], b[:4]).statistic)
    assert found[1] == 0
    kept = [12, *range(14, 20)]
    assert found[2] == pytest.approx(stats.spearmanr(a[kept], b[kept]).statistic)


@pytest.mark.parametrize("units", [1, 3, 8, 20])
def test_the_expected_lowest_is_the_mean_over_all_choices(units):
    row = VALUES[0, :8]
    choices = list(combinations(row.tolist(), min(units, 8)))
    assert float(expected_lowest(row, units=units)) == pytest.approx(np.mean([min(each) for each in choices]))
    wide = torch.rand(2, 512, generator=generator(0, "wide"), dtype=torch.double)
    assert expected_lowest(wide, units=64).tolist() == pytest.approx([1 / 65] * 2, abs=0.012)


def test_association_with_the_layer():
    above = VALUES > 0.5
    table = np.array([[int(above[0, w].sum()), int((~above[0, w]).sum())] for w in LAYERS.values()])
    assert cramers_v(above, LAYERS)[0] == pytest.approx(association(table, method="cramer"))
    assert cramers_v(torch.ones(1, 20), LAYERS) == [0]
