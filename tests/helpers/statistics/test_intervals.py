import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from helpers.statistics.intervals import (
    difference_interval,
    mean_band,
    mean_interval,
    prediction_interval,
    proportion_difference_interval,
    proportion_interval,
)

numbers = st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=20).filter(lambda v: np.std(v) > 1e-3)


@given(values=numbers, confidence=st.sampled_from([0.5, 0.95, 0.99]))
@settings(max_examples=30, deadline=None)
def test_mean_interval_equals_scipys_t_test(values, confidence):
    ends = stats.ttest_1samp(values, 0).confidence_interval(confidence)
    assert mean_interval(values, confidence) == pytest.approx((np.mean(values), ends.low, ends.high))


@given(values=numbers)
@settings(max_examples=20, deadline=None)
def test_one_further_seed_is_less_certain_than_the_mean(values):
    mean, low, high = mean_interval(values)
    _, lower, higher = prediction_interval(values)
    assert lower < low <= mean <= high < higher


def test_prediction_interval_covers_a_further_value_as_often_as_it_says():
    random = np.random.default_rng(0)
    draws = random.normal(2, 3, size=(2000, 6))
    hits = 0
    for row in draws:
        _, low, high = prediction_interval(row[:5])
        hits += low <= row[5] <= high
    assert hits / 2000 == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize("interval", [mean_interval, prediction_interval])
def test_one_value_has_a_mean_but_no_interval(interval):
    assert interval([3.5]) == (3.5, None, None)


@pytest.mark.parametrize("values", [[], [[1.0, 2.0]]])
def test_only_a_list_of_numbers_has_an_interval(values):
    with pytest.raises(ValueError, match="one number per seed"):
        mean_interval(np.array(values))


def test_confidence_is_a_probability():
    with pytest.raises(ValueError, match="confidence"):
        mean_interval([1.0, 2.0], confidence=95.0)


def test_band_is_the_interval_at_every_point():
    curves = np.random.default_rng(1).normal(size=(5, 7))
    band = mean_band(curves)
    for point in range(7):
        assert tuple(part[point] for part in band) == pytest.approx(mean_interval(curves[:, point]))
    single = mean_band(curves[:1])
    assert np.array_equal(single.low, curves[0])
    assert np.array_equal(single.high, curves[0])


@pytest.mark.parametrize(("successes", "trials"), [(0, 10), (3, 17), (10, 10)])
def test_proportion_interval_is_wilsons(successes, trials):
    z = stats.norm.ppf(0.975)
    p = successes / trials
    centre = (p + z**2 / (2 * trials)) / (1 + z**2 / trials)
    half = z / (1 + z**2 / trials) * math.sqrt(p * (1 - p) / trials + z**2 / (4 * trials**2))
    assert proportion_interval(successes, trials) == pytest.approx((p, centre - half, centre + half), abs=1e-12)


@pytest.mark.parametrize("interval", [mean_interval, prediction_interval])
def test_an_interval_is_cut_where_the_quantity_ends(interval):
    values = [0.2, 0.9, 0.99]
    mean, low, high = interval(values)
    assert low < 0 and high > 1
    assert interval(values, bounds=(0, 1)) == (mean, 0, 1)
    assert interval(values, bounds=(None, 1)) == (mean, low, 1)
    assert interval([0.5], bounds=(0, 1)) == (0.5, None, None)


def test_differences_are_paired_against_a_constant_or_welch_s():
    ours, theirs, other = [1.0, 2.0, 4.0], [0.5, 1.0, 2.0], [0.0, 3.0, 1.0, 1.0]
    assert difference_interval(ours, theirs) == mean_interval([0.5, 1.0, 2.0])
    assert difference_interval(ours, [1.0]) == mean_interval([0.0, 1.0, 3.0])
    ends = stats.ttest_ind(ours, other, equal_var=False).confidence_interval(0.95)
    expected = (np.mean(ours) - np.mean(other), ends.low, ends.high)
    assert difference_interval(ours, other) == pytest.approx(expected)
    assert difference_interval([1.0], other) == (-0.25, None, None)
    assert difference_interval([2.0, 2.0], [1.0, 1.0, 1.0]) == (1.0, 1.0, 1.0)


def test_one_sample_without_a_spread_is_exact_and_warns_of_nothing(recwarn):
    exact, other = [1 / 48] * 5, [0.2, 0.3, 0.25, 0.15]
    reach = stats.t.ppf(0.975, 3) * np.std(other, ddof=1) / 2  # Student's interval of the other sample's mean
    mean = 1 / 48 - np.mean(other)
    assert difference_interval(exact, other) == pytest.approx((mean, mean - reach, mean + reach))
    assert not recwarn.list


def test_newcombe_s_interval_is_that_of_his_paper():
    """Newcombe 1998, table II, method 10: 56/70 - 48/80 and 9/10 - 3/10."""
    assert proportion_difference_interval((56, 70), (48, 80)) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    assert proportion_difference_interval((9, 10), (3, 10)) == pytest.approx((0.6, 0.1705, 0.8090), abs=5e-5)
