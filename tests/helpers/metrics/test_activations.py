"""Choices of a unit and a position, against a walk through all of them."""

import itertools

import pytest
import torch

from helpers.metrics.activations import most_active_position, strongest

ACTIVATION = torch.randn(6, 4, 5, generator=torch.Generator().manual_seed(0)).relu()
EVERYWHERE = list(itertools.product(range(6), range(4), range(5)))


def test_the_strongest_of_all_and_of_one_unit():
    assert strongest(ACTIVATION) == max(EVERYWHERE, key=lambda position: ACTIVATION[position])
    for unit in range(6):
        positions = [position for position in EVERYWHERE if position[0] == unit]
        assert strongest(ACTIVATION, unit=unit) == max(positions, key=lambda position: ACTIVATION[position])


@pytest.mark.parametrize("unit", [-2, 6])
def test_a_unit_that_does_not_exist(unit):
    with pytest.raises(ValueError, match=f"There is no unit {unit}; the layer's units go from 0 to 5"):
        strongest(ACTIVATION, unit=unit)


def test_most_active_position_prefers_the_middle_among_equals():
    counts = {(r, c): sum(float(ACTIVATION[u, r, c]) > 0 for u in range(6)) for r in range(4) for c in range(5)}
    best = max(counts.values())
    away = {
        position: (position[0] - 1.5) ** 2 + (position[1] - 2) ** 2
        for position, count in counts.items()
        if count == best
    }
    row, column = most_active_position(ACTIVATION)
    assert away[row, column] == min(away.values())
    assert most_active_position(torch.ones(2, 5, 5)) == (2, 2)
