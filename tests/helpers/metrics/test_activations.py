"""Choices of a unit and a position, against a walk through all of them."""

import itertools

import pytest
import torch

from helpers.metrics.activations import as_planes, in_words, most_active_position, strongest

ACTIVATION = torch.randn(6, 4, 5, generator=torch.Generator().manual_seed(0)).relu()
EVERYWHERE = list(itertools.product(range(6), range(4), range(5)))


def test_the_strongest_of_all_and_of_one_unit():
    assert strongest(ACTIVATION).indices == max(EVERYWHERE, key=lambda position: ACTIVATION[position])
    for unit in range(6):
        positions = [position for position in EVERYWHERE if position[0] == unit]
        assert strongest(ACTIVATION, unit=unit).indices == max(positions, key=lambda position: ACTIVATION[position])


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


@pytest.mark.parametrize("shape", [(6,), (6, 7), (6, 4, 5), (6, 2, 3, 4)])
def test_layers_with_other_positions_than_rows_and_columns(shape):
    activation = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    everywhere = list(itertools.product(*(range(n) for n in shape)))
    best = strongest(activation)
    assert best.indices == max(everywhere, key=lambda position: activation[position])
    assert strongest(activation, unit=2).unit == 2
    assert best.spatial == (best.indices[1:] or None)
    counts = {place: int((activation[:, *place] > 0).sum()) for place in itertools.product(*map(range, shape[1:]))}
    assert counts[most_active_position(activation)] == max(counts.values())


def test_a_position_in_words():
    assert str(strongest(ACTIVATION)).startswith("unit ")
    assert [in_words(place) for place in ((), (3,), (1, 2))] == ["", " at token 3", " at row 1, column 2"]


def test_activations_as_pictures():
    assert as_planes(ACTIVATION) is ACTIVATION
    tokens = torch.arange(2 * 17.0).view(2, 17)
    assert as_planes(tokens).tolist() == tokens[:, 1:].view(2, 4, 4).tolist()  # without the class token
    assert as_planes(tokens[:, 1:]).shape == (2, 4, 4)
    assert as_planes(tokens[:, :7]).shape == (2, 1, 7)
    assert as_planes(tokens[:, 0]).shape == (2, 1, 1)
