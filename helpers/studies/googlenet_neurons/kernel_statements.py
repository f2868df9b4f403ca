"""What the claims on kernels and patterns are judged by: one value for each branch, by the ids of the claims."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.randomness import generator
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
    beaten = [ranks(match.pairs(CONTRAST)) for match in natural]
    share = [float((each >= BEATEN).double().mean()) for each in beaten]
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
        "beyond.kernels.identified": [found_first(match.pairs(CONTRAST)) * len(match.unit) for match in natural],
        "beyond.kernels.identified-input": [found_first(match.pairs(INPUT)) * len(match.unit) for match in natural],
    }


def in_order(natural: Sequence[Match]) -> dict[str, dict[str, Values]]:
    """Values of the claims that compare kinds of kernels."""

    def mean(pattern: str, kernel: str) -> Values:
        return [own(match.pairs(pattern, kernel)) for match in natural]

    return {
        "control.kernels.shuffled": {"shuffled": mean(INPUT, SHUFFLED), "true": mean(INPUT, AVERAGE)},
        "beyond.kernels.rank-one": {"average": mean(INPUT, AVERAGE), "rank one": mean(INPUT, RANK_ONE)},
        "beyond.kernels.composed": {"average": mean(CONTRAST, AVERAGE), "composed": mean(CONTRAST, COMPOSED)},
    }


def beside_random(trained: Sequence[Match], random: Sequence[Match], pattern: str) -> dict[str, Values]:
    """Mean correlations less those of permuted pairs, of the trained and of the random network on the same images."""
    both = {}
    for name, found in (("random", random), ("trained", trained)):
        mine, permuted = own_and_others(found, lambda match: match.pairs(pattern))
        both[name] = [a - b for a, b in zip(mine, permuted, strict=True)]
    return both


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


def shares(seen: Subject, *, seed: int) -> dict[str, list[Float[Tensor, " unit"]]]:
    """The share of each unit that its average holds, by branch: as trained, and with random signs of the channels."""
    found: dict[str, list[Tensor]] = {"true": [], "random signs": []}
    for branch in seen.kernel_sets():
        weights = seen.weights(branch)
        coins = torch.randint(2, weights.shape[:2], generator=generator(seed, f"signs {branch.convolution}"))
        found["true"].append(share_of_average(weights))
        found["random signs"].append(share_of_average(weights * (2.0 * coins - 1)[:, :, None, None]))
    return found


def _finite(values: Values, floor: Values) -> tuple[Values, Values]:
    """Without branches for which there is no number, such as those with one unit."""
    kept = [pair for pair in zip(values, floor, strict=True) if all(map(math.isfinite, pair))]
    return [pair[0] for pair in kept], [pair[1] for pair in kept]


def _numbers(values: Values) -> Values:
    return [value for value in values if math.isfinite(value)]
