import math

import pytest
import torch

from helpers.studies.net_fragments import unit_states

ACTIVITY = torch.tensor(  # (class, unit): silent, steady, on and off, rising
    [[0.0, 4.0, 0.0, 1.0], [0.0, 4.0, 2.0, 2.0], [0.0, 5.0, 0.0, 10.0]]
)


@pytest.fixture
def random():
    torch.manual_seed(0)
    return (torch.randn(3, 10, 12) + 0.5).relu()


def test_by_hand():
    assert unit_states.ever_active(ACTIVITY).tolist() == [False, True, True, True]
    assert unit_states.always_active(ACTIVITY).tolist() == [False, True, False, True]
    assert unit_states.weakest_share(ACTIVITY)[1:].tolist() == pytest.approx([0.8, 0, 0.1])
    assert math.isnan(unit_states.weakest_share(ACTIVITY)[0])
    assert unit_states.levels(ACTIVITY).tolist() == [[0, 1, 0, 1], [0, 1, 1, 1], [0, 2, 0, 2]]
    assert unit_states.switches(ACTIVITY, [(0, 1), (0, 2)]).tolist() == [[False, False, True, False], [False] * 4]
    assert unit_states.relative_change(ACTIVITY, [(0, 2)])[0, [1, 3]].tolist() == pytest.approx([0.2, 0.9])
    assert unit_states.shared_units(ACTIVITY, 0, 1).item() == pytest.approx(2 / 3)


def test_silent_units_have_no_variation():
    assert math.isnan(unit_states.variation(ACTIVITY)[0])
    assert math.isnan(unit_states.shared_units(torch.zeros(2, 3), 0, 1))


def test_against_loops(random):
    pairs = [(5, 6), (8, 9)]
    for s in range(3):
        for u in range(12):
            row = random[s, :, u].tolist()
            mean = sum(row) / 10
            spread = math.sqrt(sum((a - mean) ** 2 for a in row) / 10)
            assert unit_states.variation(random)[s, u].item() == pytest.approx(spread / mean, rel=1e-4)
            assert unit_states.ever_active(random)[s, u] == any(a > 0 for a in row)
            assert unit_states.always_active(random)[s, u] == all(a > 0 for a in row)
            for k, (a, b) in enumerate(pairs):
                assert unit_states.switches(random, pairs)[s, k, u] == ((row[a] > 0) != (row[b] > 0))
                if max(row[a], row[b]) > 0:
                    change = abs(row[a] - row[b]) / max(row[a], row[b])
                    assert unit_states.relative_change(random, pairs)[s, k, u].item() == pytest.approx(change)
        on = [{u for u in range(12) if random[s, c, u] > 0} for c in (1, 4)]
        assert unit_states.shared_units(random, 1, 4)[s].item() == pytest.approx(
            len(on[0] & on[1]) / len(on[0] | on[1])
        )


def test_the_largest_gap_is_one_for_two_values_and_small_for_even_steps():
    two, even = torch.tensor([0.0, 0, 3, 3]), torch.tensor([0.0, 1, 2, 3])
    found = unit_states.largest_gap(torch.stack([two, even, torch.ones(4)], dim=1))
    assert found[:2].tolist() == pytest.approx([1, 1 / 3])
    assert found[2].isnan()


def test_containment_asks_for_a_shared_unit_and_for_one_that_is_lacking():
    #                 unit: shared, of the whole, silent
    part, whole = torch.tensor([[1.0, 0, 0]]), torch.tensor([[1.0, 1, 0]])
    both = unit_states.containment(torch.cat([part, part, whole]), (0, 1), 2)
    assert [bool(one) for one in both] == [True, True]
    same = unit_states.containment(torch.cat([part, whole, whole]), (0, 1), 2)
    assert [bool(one) for one in same] == [True, False]
