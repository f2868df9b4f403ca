import pytest
import torch

from helpers.statistics.intervals import proportion_interval
from helpers.statistics.simulation import Count, estimate_probability


def coin(size, random):
    return torch.rand(size, generator=random) < 0.2


def run(**changes):
    settings = {"most": 1_000, "enough": 10_000, "batch": 300, "random": torch.Generator().manual_seed(1)}
    return estimate_probability(coin, **{**settings, **changes})


def test_all_trials_are_counted_when_successes_never_suffice():
    draws = torch.Generator().manual_seed(1)
    expected = sum(int(coin(size, draws).sum()) for size in (300, 300, 300, 100))
    assert run() == Count(expected, 1_000)
    assert run().interval == proportion_interval(expected, 1_000)


def test_it_ends_with_the_batch_that_brings_enough():
    few = run(enough=70)
    assert few.trials == 600
    assert few.successes >= 70 > run(most=300).successes


def test_a_trial_that_rejects_some_draws_counts_those_it_judged():
    judged = estimate_probability(
        lambda size, random: coin(size, random)[: size // 2], most=100, enough=99, batch=10, random=torch.Generator()
    )
    assert judged.trials == 50


@pytest.mark.parametrize("name", ["most", "enough", "batch"])
def test_numbers_below_one_are_named(name):
    with pytest.raises(ValueError, match=f"^{name} = 0"):
        run(**{name: 0})
