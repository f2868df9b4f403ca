import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from helpers.metrics import selectivity
from helpers.studies.net_fragments.digits import compose, compositions, line_pairs, lines, presence
from helpers.studies.net_fragments.networks import FragmentNetworks, wired_to


def random_activity(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1)).relu()


def test_auc_equals_that_of_scikit_learn_with_ties():
    activity, present = random_activity(2, 10, 5), presence()
    found = selectivity.auc(activity, present)
    for s, u, line in itertools.product(range(2), range(5), range(9)):
        expected = roc_auc_score(present[:, line], activity[s, :, u])
        assert found[s, u, line].item() == pytest.approx(expected)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=6, max_size=6), st.integers(1, 62))
def test_auc_is_the_share_of_pairs_in_which_the_part_wins(values, mask):
    there = [bool(mask >> k & 1) for k in range(6)]
    wins = [
        (values[a] > values[b]) + (values[a] == values[b]) / 2
        for a, b in itertools.product(range(6), range(6))
        if there[a] and not there[b]
    ]
    found = selectivity.auc(torch.tensor(values).float()[:, None], torch.tensor(there)[:, None])
    assert found.item() == pytest.approx(sum(wins) / len(wins))


def test_score_is_the_mean_of_the_best_unit_of_each_line():
    activity = random_activity(10, 4)
    table = selectivity.auc(activity, presence())
    best = [max(table[u, line].item() for u in range(4)) for line in range(9)]
    assert selectivity.fragment_score(activity, presence()).item() == pytest.approx(sum(best) / 9)
    assert selectivity.share_perfect_auc(activity, presence()).item() == pytest.approx(sum(b == 1 for b in best) / 9)


@pytest.mark.parametrize("parts", [lambda p: p, line_pairs])
def test_units_wired_to_the_parts_score_one_and_random_units_do_not(parts):
    present = compositions()
    images = compose(present)
    patterns = lines()
    if parts is line_pairs:
        first, second = torch.combinations(torch.arange(9)).T
        patterns = (patterns[first] + patterns[second]).clamp(max=1)
    wired = wired_to(patterns).outputs(images)["hidden"]
    assert selectivity.fragment_score(wired, parts(present)).item() == pytest.approx(1, abs=1e-12)
    assert selectivity.share_perfect_auc(wired, parts(present)).item() == 1
    random = FragmentNetworks(10, seeds=[0, 1]).outputs(images)["hidden"]
    assert (selectivity.fragment_score(random, parts(present)) < 0.95).all()
    assert (selectivity.share_perfect_auc(random, parts(present)) < 0.2).all()


def test_permutations_equal_a_loop():
    activity, present = random_activity(3, 10, 4), presence()
    found = selectivity.permutation_test(activity, present, permutations=50, generator=torch.Generator().manual_seed(0))
    random = torch.Generator().manual_seed(0)
    orders = [torch.randperm(10, generator=random) for _ in range(50)]
    scores = torch.stack([selectivity.fragment_score(activity, present[order]) for order in orders])
    torch.testing.assert_close(found.chance, scores.mean(0))
    at_least = (scores >= selectivity.fragment_score(activity, present) - 1e-9).sum(0)
    torch.testing.assert_close(found.p, (1 + at_least) / 51)


def test_permutation_test_finds_a_fragment_and_is_calibrated_without():
    present = presence()
    wired = present.float()[None]
    random = torch.randn(200, 10, 12, generator=torch.Generator().manual_seed(5))
    draw = torch.Generator().manual_seed(0)
    assert selectivity.permutation_test(wired, present, permutations=499, generator=draw).p.item() < 0.01
    p = selectivity.permutation_test(random, present, permutations=199, generator=draw).p
    assert (p <= 0.05).float().mean() == pytest.approx(0.05, abs=0.04)


def test_a_part_that_is_everywhere_cannot_be_told():
    present = presence().clone()
    present[:, 2] = True
    with pytest.raises(ValueError, match="Part 2 is present in all images or in none"):
        selectivity.auc(random_activity(10, 3), present)
