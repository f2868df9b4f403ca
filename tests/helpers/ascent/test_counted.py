import torch

from helpers.ascent.counted import integers, stream

_ALL = (1 << 64) - 1


def obvious(first, *counters, below):
    """SplitMix64's finaliser with Python's own numbers, which do not wrap around."""

    def mixed(x):
        x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & _ALL
        x = (x ^ x >> 27) * 0x94D049BB133111EB & _ALL
        return x ^ x >> 31

    state = mixed(first & _ALL)
    for counter in counters:
        state = mixed(state + 0x9E3779B97F4A7C15 * (counter + 1) & _ALL)
    return (state >> 33) % below


def test_numbers_are_those_of_the_hash_one_by_one():
    streams = [stream(seed, "views") for seed in range(5)]
    starts = torch.arange(5)
    found = integers(torch.tensor(streams), starts, 7, below=21)
    assert found.tolist() == [
        obvious(first, start, 7, below=21) for first, start in zip(streams, range(5), strict=True)
    ]


def test_numbers_are_as_frequent_as_each_other_along_every_counter():
    streams = torch.tensor([stream(0, f"unit {unit}") for unit in range(40)])
    found = torch.stack([integers(streams, 3, step, below=11) for step in range(500)])
    counts = found.flatten().bincount(minlength=11).double()
    expected = found.numel() / 11
    assert ((counts - expected).square() / expected).sum() < 29.6  # chi squared, 10 degrees of freedom, p = 0.001
    assert abs(torch.corrcoef(found.double().T)[0, 1]) < 0.2
