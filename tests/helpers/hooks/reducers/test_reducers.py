"""Every reducer against the statistic computed of all responses at once, and in other orders, which give other bits
only where sums are rounded."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from helpers.hooks.reducers import exact_sums
from helpers.hooks.reducers.active_share import ActiveShare
from helpers.hooks.reducers.class_means import ClassMeans
from helpers.hooks.reducers.extremes import Extremes
from helpers.hooks.reducers.histogram import Histogram
from helpers.hooks.reducers.moments import Moments
from helpers.hooks.reducers.responses import ActivationError, Activations, Responses

MAKERS = {
    "active": ActiveShare,
    "classes": lambda: ClassMeans(3),
    "strongest": lambda: Extremes(5),
    "weakest": lambda: Extremes(4, weakest=True, positions=False),
    "histogram": Histogram,
    "moments": Moments,
}


def responses(images=40, units=6, seed=0):
    """Responses of many magnitudes and both signs, with ties, zeros, and a silent unit."""
    generator = torch.Generator().manual_seed(seed)
    value = torch.randn(images, units, generator=generator) * 10.0 ** torch.randint(
        -9, 7, (images, units), generator=generator
    )
    value[torch.rand(value.shape, generator=generator) < 0.3] = 0.0
    value[1::5] = value[::5]  # ties
    value[2, 1], value[:, 3] = -0.0, 0.0
    number = torch.arange(images)
    position = torch.stack([number[:, None] * 7 + torch.arange(units), -torch.ones(images, units).long()], -1).int()
    return Responses(value, position, number, number % 3)


def some(given, places):
    return Responses(*(each[places] for each in given))


def same(first, second):
    assert first.keys() == second.keys()
    return all(first[name].dtype == second[name].dtype and torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("name", MAKERS)
@given(order=st.permutations(range(24)), cuts=st.lists(st.integers(0, 24), max_size=4), seed=st.integers(0, 3))
def test_any_parts_in_any_order_give_the_same_bits(name, order, cuts, seed):
    every = responses(24, 4, seed)
    at_once = MAKERS[name]()
    at_once.add(every)
    borders = sorted({0, *cuts, 24})
    whole = MAKERS[name]()
    for first, stop in pairwise(borders):
        part = MAKERS[name]()
        for start in range(first, stop, 3):
            part.add(some(every, torch.tensor(order[start : min(start + 3, stop)])))
        whole.merge(part)
    assert same(whole.state(), at_once.state())


@pytest.mark.parametrize("name", MAKERS)
def test_a_restored_reducer_goes_on_and_leaves_the_state_it_came_from(name):
    every = responses()
    first, at_once = MAKERS[name](), MAKERS[name]()
    first.add(some(every, slice(0, 25)))
    kept = {part: tensor.clone() for part, tensor in first.state().items()}
    second = MAKERS[name]()
    second.restore(first.state())
    second.add(some(every, slice(25, None)))
    at_once.add(every)
    assert same(second.state(), at_once.state()) and same(first.state(), kept)


@pytest.mark.parametrize("name", MAKERS)
def test_some_units_are_as_if_they_had_been_alone(name):
    every = responses()
    both, alone = MAKERS[name](), MAKERS[name]()
    both.add(every)
    alone.add(Responses(every.value[:, 2:5], every.position[:, 2:5], every.number, every.label))
    assert same(both.of_units(slice(2, 5)).state(), alone.state())


@pytest.mark.parametrize("weakest", [False, True])
@pytest.mark.parametrize("group", [1, 7, 40])
def test_extremes_are_those_of_a_sort(weakest, group):
    every = responses()
    kept = Extremes(6, weakest=weakest)
    for start in range(0, 40, group):
        kept.add(some(every, slice(start, start + group)))
    found = kept.found()
    for unit in range(6):
        ranked = sorted(range(40), key=lambda n: ((1 if weakest else -1) * float(every.value[n, unit]), n))[:6]
        assert found.number[unit].tolist() == ranked
        assert torch.equal(found.value[unit], every.value[ranked, unit] + 0.0)
        assert torch.equal(found.position[unit], every.position[ranked, unit])


def test_positions_are_asked_for_exactly_the_images_that_would_be_kept():
    every = responses()
    kept = Extremes(5)
    kept.add(some(every, slice(0, 30)))
    rest = some(every, slice(30, None))
    asked = kept.asks(rest.value, rest.number, slice(0, 6))
    for image, unit in np.ndindex(*asked.shape):
        alone = Extremes(5)
        alone.merge(kept)
        alone.add(some(rest, slice(image, image + 1)))
        entered = int(rest.number[image]) in alone.found().number[unit].tolist()
        assert bool(asked[image, unit]) == entered
    assert torch.equal(kept.asks(rest.value[:, 2:4], rest.number, slice(2, 4)), asked[:, 2:4])


def test_moments_are_those_of_exact_fractions():
    every = responses()
    kept = Moments()
    kept.add(every)
    for unit in range(6):
        exact = [Fraction(float(x)) for x in every.value[:, unit]]
        mean = sum(exact) / 40
        variance = sum((x - mean) ** 2 for x in exact) / 39
        assert abs(Fraction(float(kept.mean()[unit])) - mean) <= Fraction(1, 2**48) + abs(mean) / 2**52
        assert float(kept.variance()[unit]) == pytest.approx(float(variance), rel=1e-12)


def test_a_small_variance_around_a_large_mean_is_not_lost():
    value = torch.tensor([[1e6], [1e6 + 0.0625], [1e6 - 0.0625]])
    kept = Moments()
    kept.add(Responses(value, torch.zeros(3, 1, 0).int(), torch.arange(3), torch.zeros(3).long()))
    assert kept.variance().tolist() == [0.0625**2] and kept.mean().tolist() == [1e6]


@given(st.lists(st.floats(-(2.0**46), 2.0**46, width=32), min_size=1, max_size=30))
def test_exact_sums_are_exact(numbers):
    x = torch.tensor(numbers, dtype=torch.float32)[:, None]
    grid = [Fraction(round(Fraction(float(value)) * 2**48), 2**48) for value in x[:, 0]]
    sums, sums_of_squares = torch.zeros(3, 1).long(), torch.zeros(6, 1).long()
    exact_sums.add(sums, x)
    exact_sums.add_squares(sums_of_squares, x)
    (total,), (squares,) = exact_sums.whole(sums), exact_sums.whole(sums_of_squares)
    assert Fraction(total, 2**48) == sum(grid)
    assert Fraction(squares, 2**96) == sum(each**2 for each in grid)


def test_means_and_counts_by_class():
    every = responses()
    kept = ClassMeans(3)
    kept.add(every)
    assert kept.counts().tolist() == [14, 13, 13]
    for number in range(3):
        mean = every.value[every.label == number].double().mean(0)
        torch.testing.assert_close(kept.means()[number], mean, rtol=1e-12, atol=1e-15)


def test_the_active_share_counts_what_is_above_zero():
    kept = ActiveShare()
    kept.add(responses())
    torch.testing.assert_close(kept.share(), (responses().value > 0).double().mean(0))


def test_histograms_count_as_numpy_does():
    every = responses(400)
    kept = Histogram(lowest=-3, highest=5)
    kept.add(every)
    edges = kept.edges()
    assert len(edges) == kept.counts().shape[1] + 1
    inside = every.value.double().clamp(float(edges[0]), float(edges[-1]) - 1e-9)
    for unit in range(6):
        positive = inside[:, unit].abs()  # bins are closed towards 0
        wanted, _ = np.histogram(positive[inside[:, unit] >= edges[65]], bins=edges[65:])
        assert kept.counts()[unit, 65:].tolist() == wanted.tolist()
        wanted, _ = np.histogram(positive[inside[:, unit] <= edges[64]], bins=edges[65:])
        assert kept.counts()[unit, :64].flip(0).tolist() == wanted.tolist()
    assert kept.counts().sum(1).tolist() == [400] * 6


def test_quantiles_lie_within_a_bin_of_the_true_ones():
    value = torch.randn(5000, 3, generator=torch.Generator().manual_seed(0)) * torch.tensor([0.01, 1.0, 300.0]) + 0.2
    value[:2000, 2] = 0.0
    kept, number = Histogram(), torch.arange(5000)
    kept.add(Responses(value, torch.zeros(5000, 3, 0).int(), number, number * 0))
    shares = torch.tensor([0.0, 0.01, 0.25, 0.5, 0.9, 0.999, 1.0])
    wanted = value.double().quantile(shares.double(), dim=0, interpolation="nearest").T
    torch.testing.assert_close(kept.quantiles(shares), wanted, rtol=0.125, atol=2.0**-16)


@pytest.mark.parametrize("spans", [(5, 6), (20, 30), (23, 29), (7,), (1, 1), ()])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.8, 1.0])
def test_responses_are_maxima_or_means_over_positions_and_say_where(spans, share):
    activation = torch.randn(3, 4, *spans).round(decimals=1)  # with ties
    asked = torch.rand(3, 4) < share
    reduced = Activations(activation)
    found = reduced.positions(asked)
    assert found.shape == (3, 4, len(spans))
    for image, unit in asked.nonzero().tolist():
        place = np.unravel_index(int(activation[image, unit].argmax()), spans or 1)
        assert found[image, unit].tolist() == [int(index) for index in place][: len(spans)]
    flat = activation.reshape(3, 4, -1)
    assert torch.equal(reduced.response(), flat.amax(2))
    torch.testing.assert_close(reduced.response("mean"), flat.mean(2))
    turned = Activations(activation.transpose(0, 1).contiguous().transpose(0, 1))
    assert torch.equal(turned.positions(asked), found)


def test_what_cannot_be_had_is_one_sentence():
    every = responses()
    strongest, moments = Extremes(5), Moments()
    strongest.add(every)
    with pytest.raises(ActivationError, match=r"Extremes\(count=4, .*cannot be merged into Extremes\(count=5"):
        strongest.merge(Extremes(4))
    with pytest.raises(ActivationError, match=r"Moments\(\) cannot be merged into Extremes"):
        strongest.merge(moments)
    fewer = Extremes(5)
    fewer.add(responses(units=4))
    with pytest.raises(ActivationError, match="statistics of 4 units cannot be merged into those of 6"):
        strongest.merge(fewer)
    with pytest.raises(ActivationError, match="Moments has seen no images"):
        moments.mean()
    moments.add(some(every, slice(0, 1)))
    with pytest.raises(ActivationError, match="a variance needs at least two images"):
        moments.variance()
    with pytest.raises(ActivationError, match="at least two classes, and there is 1"):
        ClassMeans(1)
    by_class = ClassMeans(4)
    by_class.add(every)
    with pytest.raises(ActivationError, match="class 3 has no images"):
        by_class.means()
    with pytest.raises(ActivationError, match="of classes 0 to 2; allowed are 0 to 1"):
        ClassMeans(2).add(every)
    with pytest.raises(ActivationError, match="count = 0 must be at least 1"):
        Extremes(0)
    with pytest.raises(ActivationError, match="a response of 1e\\+20 is too large for an exact sum"):
        moments.add(some(every, slice(0, 1))._replace(value=torch.full((1, 6), 1e20)))
    with pytest.raises(ActivationError, match=r"from 2\^4 to 2\^-4"):
        Histogram(lowest=4, highest=-4)
