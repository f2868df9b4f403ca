import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.studies.jump_detection.filters import (
    gap_over_noise,
    nearest_copy,
    overshoot,
    rarer_sign_share,
    resemblance,
)

weights = st.lists(st.floats(-5, 5, width=32), min_size=1, max_size=9).filter(lambda w: sum(map(abs, w)) > 1e-3)


@settings(max_examples=40, deadline=None)
@given(weights)
def test_rarer_sign_share_is_the_smaller_of_two_sums(values):
    share = rarer_sign_share(torch.tensor(values)).item()
    up, down = sum(v for v in values if v > 0), -sum(v for v in values if v < 0)
    assert share == pytest.approx(min(up, down) / (up + down), abs=1e-6)
    assert share == pytest.approx(rarer_sign_share(-3 * torch.tensor(values)).item(), abs=1e-5)


def test_pure_filters():
    assert rarer_sign_share(torch.tensor([[1.0, 1, 1], [-1, -2, -1], [0, 1, -1]])).tolist() == [0, 0, 0.5]


def test_resemblance_equals_a_loop_over_places_and_mirrors():
    random = np.random.default_rng(0)
    rows = random.normal(size=(4, 3, 7))
    templates = [np.array([1.0, 1, 1, 1, -1]), np.array([1.0, -1])]
    found = resemblance(torch.tensor(rows).float(), [torch.tensor(t).float() for t in templates])
    for index in np.ndindex(4, 3):
        best = 0.0
        for template in templates:
            for mirrored in (template, template[::-1]):
                for place in range(7 - len(template) + 1):
                    window = rows[index][place : place + len(template)]
                    best = max(best, abs(window @ mirrored) / np.linalg.norm(rows[index]) / np.linalg.norm(template))
        assert found[index].item() == pytest.approx(best, abs=1e-5)
    with pytest.raises(ValueError, match="A template of 5 weights does not fit filters of 3"):
        resemblance(torch.ones(3), [torch.ones(5)])


def test_nearest_copy_finds_shift_scale_and_offset():
    below = torch.randn(3, 40, 30, generator=torch.Generator().manual_seed(1))
    above = torch.zeros_like(below)
    above[0, :, :-2] = -1.5 * below[0, :, 2:] + 0.3
    above[1] = 2 * below[1] - 1
    above[2, :, 3:] = 0.5 * below[2, :, :-3]
    copy = nearest_copy(below, above, reach=4)
    assert copy.shift.tolist() == [2, 0, -3]
    assert copy.scale.tolist() == pytest.approx([-1.5, 2, 0.5], abs=1e-4)
    assert copy.offset.tolist() == pytest.approx([0.3, -1, 0], abs=1e-4)


def test_nearest_copy_is_the_least_squares_fit_of_numpy():
    random = torch.Generator().manual_seed(2)
    below, above = (torch.randn(1, 20, 15, generator=random) for _ in range(2))
    copy = nearest_copy(below, above, reach=2)
    target = above[0, :, 2:-2].numpy().ravel()
    fits = {}
    for shift in range(-2, 3):
        moved = below[0, :, 2 + shift : 13 + shift].numpy().ravel()
        fit, residual, *_ = np.linalg.lstsq(np.stack([moved, np.ones_like(moved)], 1), target, rcond=None)
        fits[float(residual[0])] = (shift, *fit)
    shift, scale, offset = fits[min(fits)]
    assert copy.shift.item() == shift
    assert (copy.scale.item(), copy.offset.item()) == pytest.approx((scale, offset), abs=1e-5)


@settings(max_examples=40, deadline=None)
@given(weights)
def test_overshoot_is_what_a_filtered_step_shows(values):
    step = np.repeat([0.0, 1.0], 20)
    response = np.convolve(step, values, mode="valid")[: 20 + len(values)]
    span = np.ptp(response)
    beyond = span - abs(sum(values))
    assert overshoot(torch.tensor(values).double().flip(0)).item() == pytest.approx(beyond / span, abs=1e-6)


def test_overshoot_of_the_studys_filters():
    assert overshoot(torch.tensor([[1.0, 1, 1, 1, -1], [-1, 1, 1, 1, 1]])).tolist() == pytest.approx([0.25, 0.25])
    assert overshoot(torch.tensor([1.0, -1])).item() == 1
    assert overshoot(torch.tensor([-1.0, -1, -1])).item() == 0


def test_the_gap_over_the_noise_is_measured_on_filtered_signals():
    weight = torch.tensor([1.0, 2, 0.5, -0.3])
    random = np.random.default_rng(0)
    noise = np.convolve(random.normal(size=200_000), weight, mode="valid").std()
    assert gap_over_noise(weight).item() == pytest.approx(abs(float(weight.sum())) / noise, rel=0.01)
