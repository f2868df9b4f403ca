"""Two diagonals in the same channels, in two groups of channels, and in unrelated channels."""

import pytest
import torch

from helpers.randomness import generator
from helpers.studies.googlenet_neurons.diagonals import along_diagonals, in_same_channels, most_like_two_diagonals

FALLING = torch.eye(5)
RISING = FALLING.flip(1)
CROSS = torch.maximum(FALLING, RISING)


def unit(*channels):
    return torch.stack(channels)[None]


def test_values_along_diagonals():
    falling, rising = along_diagonals(unit(FALLING, RISING, CROSS))
    assert falling[0].tolist() == pytest.approx([1 - 5 / 25, 1 / 5 - 5 / 25, 1 - 9 / 25])
    assert rising[0].tolist() == pytest.approx([1 / 5 - 5 / 25, 1 - 5 / 25, 1 - 9 / 25])


def test_two_groups_are_negative_and_a_part_of_the_channels_with_both_is_positive():
    assert in_same_channels(unit(FALLING, FALLING, RISING, RISING))[0] == pytest.approx(-1, abs=1e-5)
    half = unit(CROSS, CROSS, 0 * CROSS, 0 * CROSS)
    assert in_same_channels(half) == pytest.approx((1, 1), abs=1e-5)  # the floor keeps what differs in size
    weights = torch.randn(3, 8, 5, 5, generator=generator(2, "channels"))
    falling, rising = along_diagonals(weights)
    expected = [float(torch.corrcoef(torch.stack(pair))[0, 1]) for pair in zip(falling, rising, strict=True)]
    assert in_same_channels(weights)[0] == pytest.approx(sum(expected) / 3, abs=1e-5)


def test_unrelated_channels_give_zero_and_those_that_differ_in_size_are_in_the_floor():
    random = generator(0, "channels")
    noise = torch.randn(40, 400, 5, 5, generator=random)
    assert in_same_channels(CROSS + noise)[0] == pytest.approx(0, abs=0.05)
    size = torch.rand(40, 400, 1, 1, generator=random) * 2
    own, floor = in_same_channels(size * (CROSS + noise))
    assert own > 0.2 and floor == pytest.approx(own, abs=0.1)


def test_units_are_chosen_by_their_averages():
    noise = torch.randn(40, 6, 5, 5, generator=generator(1, "units")) * 0.1
    noise[[3, 8, 20, 31]] += CROSS
    chosen = most_like_two_diagonals(noise)
    assert sorted(float(each.sum()) for each in chosen) == sorted(float(noise[k].sum()) for k in (3, 8, 20, 31))
    assert len(most_like_two_diagonals(noise[:2])) == 2
