"""What the claims on kernels and patterns are judged by: one value for each branch, by the ids of the claims."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.randomness import generator
from helpers.studies.googlenet_neurons.diagonals import in_same_channels, most_like_two_diagonals
from helpers.studies.googlenet_neurons.kernel_match import (
    AVERAGE,
    COMPOSED,
    CONTRAST,
    INPUT,
    RANK_ONE,
    SHUFFLED,
    Match,
)
from helpers.studies.googlenet_neurons.kernels import share_of_average
from helpers.studies.googlenet_neurons.own_and_other import Pairs, found_first, others, own, ranks
from helpers.studies.googlenet_neurons.subject import Subject

BEATEN = 0.95  # of the other kernels, which one's own must fit better than

Values = list[float]


def own_and_others(found: Sequence[Match], pairs: Callable[[Match], Pairs]) -> tuple[Values, Values]:
    """For each branch the mean of the own pairs, and that of all other pairs of its units."""
    each = [pairs(match) for match in found]
    return [own(one) for one in each], [others(one) for one in each]


def best_twentieth(match: Match) -> float:
    """The share of the units whose own averaged kernel fits the contrast of their patterns more than 95% of others."""
    return float((ranks(match.pairs(CONTRAST)) >= BEATEN).double().mean())


def beyond_permuted(pattern: str) -> Callable[[Match], float]:
    """The mean of the own pairs less that of all other pairs, as a function of a match."""
    return lambda match: own(match.pairs(pattern)) - others(match.pairs(pattern))


def with_floor(natural: Sequence[Match], optimised: Sequence[Match]) -> dict[str, tuple[Values, Values]]:
    """Values of the claims that are compared with permuted pairs, and those of the permuted pairs."""
    found = {
        "abstract.natural": own_and_others(natural, lambda match: match.pairs(CONTRAST)),
        "abstract.optimised": own_and_others(optimised, lambda match: match.pairs(CONTRAST)),
        "beyond.kernels.input-maps": own_and_others(natural, lambda match: match.pairs(INPUT)),
        "sec-4-1-3.negative-natural": own_and_others(natural, lambda match: match.negative_pairs(CONTRAST)),
        "sec-4-1-3.negative-optimised": own_and_others(optimised, lambda match: match.negative_pairs(CONTRAST)),
        "beyond.kernels.negative-input": own_and_others(natural, lambda match: match.negative_pairs(INPUT)),
    }
    for name, matches in (("natural", natural), ("optimised", optimised)):
        both = [match.agreement() for match in matches]
        found[f"sec-4-1-3.direction-{name}"] = [pair[0] for pair in both], [pair[1] for pair in both]
    share = [best_twentieth(match) for match in natural]
    found["sec-4-1-3.units-map-patterns"] = share, [1 - BEATEN] * len(share)
    return {name: _finite(*pair) for name, pair in found.items()}


def inside(found: Sequence[Match]) -> dict[str, tuple[Values, Values]]:
    """The same where no padding is read."""
    return {
        "control.kernels.inside": own_and_others(found, lambda match: match.pairs(CONTRAST)),
        "control.kernels.inside-input": own_and_others(found, lambda match: match.pairs(INPUT)),
    }


def without_floor(natural: Sequence[Match], optimised: Sequence[Match]) -> dict[str, Values]:
    """Values of the claims whose rule says what chance gives."""
    return {
        "sec-4-1-3.two-directions": _numbers([match.crossings() for match in natural]),
        "sec-4-1-3.two-directions-optimised": _numbers([match.crossings() for match in optimised]),
        "beyond.kernels.identified": times_chance(natural, CONTRAST),
        "beyond.kernels.identified-input": times_chance(natural, INPUT),
    }


def in_order(natural: Sequence[Match]) -> dict[str, dict[str, Values]]:
    """Values of the claims that compare kinds of kernels."""

    def mean(pattern: str, kernel: str) -> Values:
        return [own(match.pairs(pattern, kernel)) for match in natural]

    fit = {kernel: mean(CONTRAST, kernel) for kernel in (AVERAGE, RANK_ONE, COMPOSED)}
    times = {kernel: times_chance(natural, CONTRAST, kernel) for kernel in fit}
    return {
        "control.kernels.shuffled": {"shuffled": mean(INPUT, SHUFFLED), "true": mean(INPUT, AVERAGE)},
        "beyond.kernels.rank-one": {"average": mean(INPUT, AVERAGE), "rank one": mean(INPUT, RANK_ONE)},
        "beyond.kernels.rank-one-contrast": {kernel: fit[kernel] for kernel in (AVERAGE, RANK_ONE)},
        "beyond.kernels.rank-one-found": {kernel: times[kernel] for kernel in (AVERAGE, RANK_ONE)},
        "beyond.kernels.composed": {kernel: fit[kernel] for kernel in (AVERAGE, COMPOSED)},
        "beyond.kernels.composed-found": {kernel: times[kernel] for kernel in (AVERAGE, COMPOSED)},
    }


def times_chance(found: Sequence[Match], pattern: str, kernel: str = AVERAGE) -> Values:
    """For each branch, how many times more often than by chance a unit's own kernel fits its pattern best of all."""
    return [found_first(match.pairs(pattern, kernel)) * len(match.unit) for match in found]


def against_random(
    trained: Sequence[Match],
    random: Sequence[Sequence[Match]],
    optimised: Sequence[Match],
    optimised_random: Sequence[Match],
) -> dict[str, dict[str, Values]]:
    """Values of the claims that compare the trained network with random ones.

    trained, random: on the same natural images, for each draw of random weights. optimised, optimised_random: on the
    units' own optimised images, those of all draws together.
    """
    return {
        "control.kernels.random-input": beside_random(trained, random, beyond_permuted(INPUT)),
        "control.kernels.random-contrast": beside_random(trained, random, beyond_permuted(CONTRAST)),
        "control.kernels.random-optimised": beside_random(optimised, [optimised_random], beyond_permuted(CONTRAST)),
        "control.kernels.random-found": beside_random(trained, random, best_twentieth),
    }


def beside_random(
    trained: Sequence[Match], draws: Sequence[Sequence[Match]], measure: Callable[[Match], float]
) -> dict[str, Values]:
    """A measure of each branch of the trained network, and its mean over draws of random weights; NaN without any."""
    beside = []
    for match in trained:
        same = [each for draw in draws for each in draw if each.branch.convolution == match.branch.convolution]
        beside.append(sum(map(measure, same)) / len(same) if same else math.nan)
    return {"random": beside, "trained": [measure(match) for match in trained]}


def known(values: dict[str, Values]) -> dict[str, Values]:
    """The same lists without the places at which one of them has no number."""
    kept = [row for row in zip(*values.values(), strict=True) if all(map(math.isfinite, row))]
    return {name: [row[k] for row in kept] for k, name in enumerate(values)}


def by_depth(natural: Sequence[Match]) -> dict[str, Values]:
    """What the contrast says beyond permuted pairs, by the number of the block; as many values in every block.

    Empty where blocks have different numbers of branches with kernels.
    """
    mine, permuted = own_and_others(natural, lambda match: match.pairs(CONTRAST))
    blocks: dict[str, Values] = {}
    for match, a, b in zip(natural, mine, permuted, strict=True):
        blocks.setdefault(match.branch.block, []).append(a - b)
    if len({len(values) for values in blocks.values()}) != 1:
        return {}
    return {str(number): values for number, values in enumerate(blocks.values(), 1)}


def shares(seen: Subject, *, seed: int) -> dict[str, dict[str, Float[Tensor, " unit"]]]:
    """The share of each unit that its average holds, by convolution: "true", and with "random signs" of channels."""
    found = {}
    for branch in seen.kernel_sets():
        weights = seen.weights(branch)
        coins = torch.randint(2, weights.shape[:2], generator=generator(seed, f"signs {branch.convolution}"))
        signed = weights * (2.0 * coins - 1)[:, :, None, None]
        found[branch.convolution] = {
            "true": share_of_average(weights),
            "random signs": share_of_average(signed),
        }
    return found


def diagonals(seen: Subject) -> tuple[Values, Values]:
    """For each branch, how far two diagonals lie in the same channels, and in channels next in norm (correlations)."""
    found = [in_same_channels(most_like_two_diagonals(seen.weights(branch))) for branch in seen.kernel_sets()]
    return [one for one, _ in found], [other for _, other in found]


def _finite(values: Values, floor: Values) -> tuple[Values, Values]:
    """Without branches for which there is no number, such as those with one unit."""
    kept = [pair for pair in zip(values, floor, strict=True) if all(map(math.isfinite, pair))]
    return [pair[0] for pair in kept], [pair[1] for pair in kept]


def _numbers(values: Values) -> Values:
    return [value for value in values if math.isfinite(value)]
