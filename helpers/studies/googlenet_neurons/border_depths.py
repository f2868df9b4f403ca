"""Algorithm 4 on the 3×3 kernels of several networks: how many units it finds at which relative depth."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from helpers.hooks.layer_table import layers
from helpers.models.pretrained import Pretrained, load
from helpers.models.pretrained.weights import WeightsError
from helpers.randomness import generator
from helpers.statistics.rank_correlation import rank_correlation
from helpers.studies.googlenet_neurons.border_lines import THRESHOLD, lines_of, shuffled

OTHERS = {"vgg16": "VGG16", "squeezenet1_1": "SqueezeNet"}
_EDGE = 3  # rows and columns of the kernels that are compared
_PARTS = 5


@dataclass(frozen=True, kw_only=True)
class Depths:
    """The 3×3 kernels of a network, convolution after convolution; the axis without a name is that of units.

    depth: the place of each convolution among all of the network in the order in which they end, from 0 to 1.
    score: of algorithm 4, the larger of columns and rows, for the units of each; shuffles: of the same with the weights
    of each channel shuffled over the positions.
    """

    depth: list[float]
    score: list[Float[Tensor, " _"]]
    shuffles: list[Float[Tensor, "shuffle _"]]

    def shares(self) -> list[float]:
        """The share of the units of each convolution that reach the threshold."""
        return [float(_found(score).mean()) for score in self.score]

    def chance(self) -> list[float]:
        """The same of shuffled weights."""
        return [float(_found(score).mean()) for score in self.shuffles]

    def in_parts(self, *, chance: bool = False) -> list[list[float]]:
        """The shares in each of five parts of the units of each convolution, every fifth to one; chance: shuffled."""
        found = [_found(each).reshape(-1, each.shape[-1]) for each in (self.shuffles if chance else self.score)]
        return [[float(each[:, part::_PARTS].mean().nan_to_num()) for each in found] for part in range(_PARTS)]


def weighed(loaded: Pretrained, *, only: Collection[str] | None = None, shuffles: int, seed: int) -> Depths:
    """Algorithm 4 on all 3×3 kernels of a network, or on those of the convolutions named in ``only``."""
    modules, random = dict(loaded.network.named_modules()), generator(seed, f"depths of {loaded.name}")
    names = [each.name for each in layers(loaded.network, loaded.preprocessing.size)]
    every = {name: each for name in names if isinstance(each := modules[name], nn.Conv2d)}
    depth, score, others = list[float](), list[Tensor](), list[Tensor]()
    for place, (name, convolution) in enumerate(every.items()):
        if convolution.kernel_size != (_EDGE, _EDGE) or (only is not None and name not in only):
            continue
        weights = convolution.weight.detach().float().cpu()
        depth.append(place / max(1, len(every) - 1))
        score.append(lines_of(weights).best)
        others.append(torch.stack([lines_of(shuffled(weights, random)).best for _ in range(shuffles)]))
    return Depths(depth=depth, score=score, shuffles=others)


def other_networks(loaded: Pretrained) -> dict[str, Pretrained]:
    """Those of ``OTHERS`` that are here, by the names that figures give them; as well trained as the one looked at.

    For the small networks that come with the project only such: no weights are downloaded for these.
    """
    small = loaded.weights.source in ("embedded", "random")
    found = {}
    for name, title in OTHERS.items():
        if name == loaded.name:
            continue
        try:
            found[title] = load(name, weights="embedded" if small else None)
        except WeightsError:
            continue
    return found


def alike(ours: Depths, theirs: Depths, *, chance: bool = False) -> list[float]:
    """For each part of their units, the rank correlation over our convolutions of our shares with theirs.

    Theirs are read off between their convolutions at our depths; beyond these they are those of the nearest. 0 where
    one of the two is constant. chance: theirs are of shuffled weights.
    """
    own = ours.shares()
    return [rank_correlation(own, np.interp(ours.depth, theirs.depth, part)) for part in theirs.in_parts(chance=chance)]


def _found(score: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    return (score >= THRESHOLD).double()
