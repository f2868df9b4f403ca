from itertools import combinations

import pytest
import torch
from scipy import stats

from helpers.studies.googlenet_neurons.border_lines import (
    INSIDE,
    SIDES,
    channels_alike,
    joined,
    lines_of,
    of_three_lines,
    shuffled,
)


def kernels(units=4, channels=6, size=3, seed=0):
    return torch.randn(units, channels, size, size, generator=torch.Generator().manual_seed(seed))


def by_loop(unit):
    """Algorithm 4 for one unit, with SciPy: the scores of columns and rows, and their odd lines."""
    scores, odd = [], []
    for lines in ([unit[:, :, k] for k in range(unit.shape[2])], [unit[:, k] for k in range(unit.shape[1])]):
        pairs = list(combinations(range(len(lines)), 2))
        distances = [stats.ks_2samp(lines[a].flatten(), lines[b].flatten()).statistic for a, b in pairs]
        scores.append(max(distances) - min(distances))
        sums = [sum(d for d, pair in zip(distances, pairs, strict=True) if k in pair) for k in range(len(lines))]
        odd.append(sums.index(max(sums)))
    return scores, odd


@pytest.mark.parametrize("size", [3, 5])
def test_scores_and_odd_lines_are_those_of_a_loop(size):
    weights = kernels(size=size)
    found = lines_of(weights)
    for unit, score, odd in zip(weights, found.score, found.odd, strict=True):
        scores, odds = by_loop(unit)
        assert score.tolist() == pytest.approx(scores, abs=1e-12)
        assert odd.tolist() == odds


@pytest.mark.parametrize(
    ("place", "side"),
    [((0, ...), "top"), ((-1, ...), "bottom"), ((..., 0), "left"), ((..., -1), "right"), ((..., 1), None)],
)
def test_a_shifted_line_is_the_odd_one_and_gives_its_side(place, side):
    weights = kernels(units=1, channels=40)
    weights[0, :, *place] += 5
    found = lines_of(weights)
    assert found.side.tolist() == [INSIDE if side is None else SIDES.index(side)]
    assert found.flagged().tolist() == [True]  # a middle line counts, too: the score does not ask for an outer one
    assert found.flagged(both=True).tolist() == [False]
    assert channels_alike(weights, found).item() > 0.9


def test_and_is_never_more_than_or():
    found = lines_of(kernels(units=50, channels=2))
    assert (found.flagged(0.3, both=True) <= found.flagged(0.3)).all()
    assert found.flagged(0.3).any()


def test_three_lines_of_a_three_by_three_kernel_are_all():
    weights = kernels()
    torch.testing.assert_close(of_three_lines(weights), lines_of(weights).best)
    five = kernels(size=5)
    picked = five[:, :, :, [0, 2, 4]]
    columns = lines_of(picked).score[:, 0]
    assert (of_three_lines(five) >= columns - 1e-12).all()


def test_shuffling_keeps_the_values_of_each_channel():
    weights = kernels(size=5)
    other = shuffled(weights, torch.Generator().manual_seed(1))
    assert not torch.equal(other, weights)
    assert torch.equal(other.flatten(2).sort(dim=2).values, weights.flatten(2).sort(dim=2).values)


def test_branches_of_other_sizes_are_joined():
    three, five = lines_of(kernels(size=3)), lines_of(kernels(size=5))
    both = joined([three, five])
    assert torch.equal(both.side, torch.cat([three.side, five.side]))
    assert both.lines.tolist() == [[3, 3]] * 4 + [[5, 5]] * 4
