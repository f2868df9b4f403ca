"""Separation and groups, against loops over units, pairs and triples."""

from itertools import combinations

import pytest
import torch

from helpers.studies.net_fragments import fragments
from helpers.studies.net_fragments.digits import compose, compositions, lines
from helpers.studies.net_fragments.networks import wired_to

PRESENT = compositions()[:64, :6]  # all sets of the first six lines


def balanced_accuracy(on, present):
    """Of a group (image, unit) that is on where all its units are, as a sign of a part."""
    together = on.all(dim=1)
    return float((together[present].double().mean() + (~together[~present]).double().mean()) / 2)


@pytest.mark.parametrize("seed", range(5))
def test_separation_is_weakest_with_over_strongest_without(seed):
    activity = torch.rand(2, 64, 4, generator=torch.Generator().manual_seed(seed)).sub(0.02).relu()
    found = fragments.separation(activity, PRESENT)
    for stack in range(2):
        for unit in range(4):
            for part in range(6):
                values, there = activity[stack, :, unit], PRESENT[:, part]
                weakest, strongest = float(values[there].min()), float(values[~there].max())
                assert found[stack, unit, part] == pytest.approx(weakest / strongest)


def test_a_unit_that_is_off_without_its_part_has_no_end_and_one_that_misses_it_has_zero():
    there = PRESENT[:, 0]
    exact, silent = there.float(), torch.zeros(64)
    found = fragments.separation(torch.stack([exact, silent], dim=1), PRESENT[:, :1])
    assert found[:, 0].tolist() == [torch.inf, 0]


def test_wired_units_tell_every_line_and_noise_tells_none():
    present = compositions()
    wired = wired_to(lines()).outputs(compose(present))["hidden"]
    assert fragments.share_told(wired, present).item() == 1
    assert fragments.share_told(wired, present, at_least=torch.inf).item() == 1
    assert fragments.share_told(torch.rand(512, 20), present).item() == 0


@pytest.mark.parametrize("seed", range(5))
def test_best_groups_are_those_of_a_search_over_all(seed):
    on = torch.rand(2, 64, 7, generator=torch.Generator().manual_seed(seed)) < 0.7
    found = fragments.best_groups(on, PRESENT)
    for stack in range(2):
        for part in range(6):
            best = 0.0
            for size in (1, 2, 3):
                groups = combinations(range(7), size)
                best = max(best, *(balanced_accuracy(on[stack][:, list(g)], PRESENT[:, part]) for g in groups))
                assert found[stack, size - 1, part] == pytest.approx(best, abs=1e-6)


def test_three_units_can_tell_what_no_pair_can():
    there = PRESENT[:, 0]
    chance = torch.Generator().manual_seed(0)
    misses = [torch.rand(64, generator=chance) < 1 / 3 for _ in range(2)]
    gaps = [misses[0], misses[1] & ~misses[0], ~(misses[0] | misses[1])]  # each absent image is off in one unit
    on = torch.stack([there | ~gap for gap in gaps], dim=1)[None]
    one, two, three = fragments.best_groups(on, PRESENT)[0, :, 0].tolist()
    assert one < two < three == 1


def test_few_kept_pairs_give_a_lower_bound():
    on = torch.rand(3, 64, 12, generator=torch.Generator().manual_seed(1)) < 0.7
    all_kept, few_kept = (fragments.best_groups(on, PRESENT, kept=kept) for kept in (200, 3))
    assert (few_kept <= all_kept + 1e-9).all()
    assert torch.equal(few_kept[:, :2], all_kept[:, :2])
