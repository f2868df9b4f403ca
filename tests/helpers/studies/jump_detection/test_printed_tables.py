"""Against data whose errors are known one by one."""

import math

import numpy as np
import pytest

from helpers.studies.jump_detection.printed_tables import attainable, consistent, left_out


def test_left_out_is_what_was_left_out():
    errors = np.sort(np.random.default_rng(0).geometric(0.4, size=6_000) - 1).astype(float)
    kept, rest = errors[:5_940], errors[5_940:]

    def pair(e):
        return float(e.mean()), float(np.sqrt((e**2).mean()))

    found = left_out(*pair(errors), *pair(kept))
    assert found.mean == pytest.approx(rest.mean())
    assert found.root_mean_square == pytest.approx(np.sqrt((rest**2).mean()))
    assert found.largest_kept <= kept.max() <= rest.mean()
    assert consistent(found, tolerance=1e-6)


def test_a_slip_is_seen():
    assert consistent(left_out(0.9830, 1.3136, 0.9542, 1.2621), tolerance=0.02)
    assert not consistent(left_out(0.9430, 1.3136, 0.9542, 1.2621), tolerance=0.02)
    assert not consistent(left_out(0.30, 0.80, 0.30, 0.60), tolerance=0.05)  # nothing large was left out
    assert math.isnan(left_out(0.5, 0.6, 0.5, 0.7).root_mean_square)


@pytest.mark.parametrize(("count", "decimals"), [(6_000, 4), (5_940, 4), (7, 2)])
def test_attainable_as_a_list_of_all_quotients(count, decimals):
    possible = {round(k / count, decimals) for k in range(count + 1)}
    for k in range(10**decimals + 1):
        value = k / 10**decimals
        assert attainable(value, count=count, decimals=decimals) == (round(value, decimals) in possible), value
