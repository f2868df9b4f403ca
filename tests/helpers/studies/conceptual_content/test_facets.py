"""Measures of rows, against their definitions and SciPy's entropy."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from helpers.studies.conceptual_content import facets
from helpers.studies.conceptual_content.limits import fewest_classes, limits, most_even

ROWS = st.lists(st.integers(0, 9), min_size=2, max_size=12).filter(any)


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_gini_is_the_mean_difference_of_all_pairs_and_its_definition_by_sorting(row):
    x = np.array(row, dtype=float)
    pairwise = np.abs(x[:, None] - x[None]).sum() / (2 * len(x) ** 2 * x.mean())
    n, total = len(x), x.sum()  # the study's reference for it: Zonoobi, Kassim and Venkatesh, 2011
    by_sorting = 1 - 2 * sum(value / total * (n - k + 0.5) / n for k, value in enumerate(sorted(x), 1))
    found = float(facets.gini(torch.tensor(row)))
    assert found == pytest.approx(pairwise, abs=1e-12) and found == pytest.approx(by_sorting, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_entropy_and_flatness_are_scipys(row):
    assert float(facets.entropy(torch.tensor(row))) == pytest.approx(stats.entropy(row, base=2), abs=1e-12)
    for n in (None, 64):
        bits = stats.entropy(np.array(row) + 1e-7, base=2) / np.log2(n or len(row))
        assert float(facets.flatness(torch.tensor(row), n=n)) == pytest.approx(2**bits - 1, abs=1e-9)


def test_all_measures_take_axes_before_the_class():
    counts = torch.randint(0, 5, (3, 2, 4, 7), generator=torch.Generator().manual_seed(0)) + 1
    for measure in facets.MEASURES.values():
        one_by_one = torch.stack([measure(row) for row in counts.flatten(0, 2)]).reshape(3, 2, 4)
        torch.testing.assert_close(measure(counts), one_by_one)


def test_the_order_of_the_two_rules():
    silent = torch.zeros(2, 5)
    assert facets.flatness(silent).tolist() == [-1, -1]
    assert facets.flatness(silent, silent_first=False).tolist() == pytest.approx([1, 1])
    assert facets.multi_faceted_degree(silent).isnan().all() and facets.purity(silent).isnan().all()
    row = torch.tensor([100] + [0] * 999)
    assert 0 < float(facets.flatness(row)) < 1e-4  # the small constant changes other rows little


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 4), min_size=2, max_size=4), st.integers(1, 4), st.data())
def test_no_row_passes_the_limits_of_its_set(sizes, top, data):
    top = min(top, sum(sizes))
    row = [0] * len(sizes)
    for _ in range(top):
        row[data.draw(st.sampled_from([k for k, size in enumerate(sizes) if row[k] < size]))] += 1
    for name, (least, greatest) in limits(torch.tensor(sizes), top=top).items():
        value = facets.MEASURES[name](torch.tensor(row)) if name != "classes" else sum(map(bool, row))
        assert least - 1e-9 <= float(value) <= greatest + 1e-9, name


def test_rows_at_the_limits():
    sizes = torch.tensor([2, 5, 1])
    assert sorted(fewest_classes(sizes, top=6).tolist()) == [0, 1, 5]
    assert most_even(sizes, top=6).tolist() == [2, 3, 1]
    with pytest.raises(ValueError, match="8 images, fewer than the 9"):
        limits(sizes, top=9)
