"""Trees of contributions of many activations of one layer, counted (probing, sections 2 and 4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from helpers.attribution.contributions import LayerContributions, contributions, contributions_refusal
from helpers.attribution.forward_pass import ForwardPass, blank_image, forward
from helpers.metrics.activations import Place, at, most_active_position

UNITS = 8  # of a position, at most


class Trees(NamedTuple):
    """What the trees of the units of one position use of what they could. Not a number where a unit is silent."""

    position: Place
    units: list[int]
    levels: list[str]  # the layers between the image and the one asked for
    used: Float[np.ndarray, "image unit"]  # share of the connections
    idle: Float[np.ndarray, "image unit"]  # whether an active unit takes no part
    active: Float[np.ndarray, "image unit level"]  # share of the units in the receptive field
    contributing: Float[np.ndarray, "image unit level"]
    packed: dict[tuple[int, int], np.ndarray]  # (image, unit) -> which units contribute, as bits


def refusal_of_trees(network: nn.Module, layer: str, size: int) -> str:
    """Why there is nothing to count in trees of a layer's units: one sentence, "" if there is."""
    if reason := contributions_refusal(network, layer, size):
        return reason
    passage = forward(network, layer, blank_image(network, size))
    spatial = tuple(0 for _ in passage.activation.shape[1:]) or None
    if len(between(contributions(passage, unit=0, position=spatial))) == 0:
        return f"between the image and {layer} there are no other units, so that its trees have no branches"
    return ""


def between(tree: Sequence[LayerContributions]) -> list[LayerContributions]:
    """The levels of a tree between the image and the layer asked for."""
    return [level for level in tree[:-1] if level.layer != "image"]


def count_trees(network: nn.Module, layer: str, images: Callable[[int], Tensor], count: int) -> Trees:
    """Count the trees of up to ``UNITS`` units of a layer on images 0 to ``count`` - 1, one image at a time.

    They are those of the position where most units are active on average, which are active there on most images.

    images: gives the network's input for an image, (channel, row, column).
    """

    def passage(number: int) -> ForwardPass:
        return forward(network, layer, images(number))

    activity = torch.stack([(passage(k).activation > 0).cpu() for k in range(count)])  # (image, unit, *position)
    position = most_active_position(activity.float().mean(dim=0).round(decimals=6) * activity.any(dim=0))
    here = at(activity, position)  # (image, unit)
    often = here.float().mean(dim=0).argsort(descending=True)[:UNITS].tolist()
    levels = between(contributions(passage(0), unit=often[0], position=position or None))
    of_tree, of_level = (count, len(often)), (count, len(often), len(levels))
    trees = Trees(
        position=position,
        units=often,
        levels=[level.layer for level in levels],
        used=np.full(of_tree, np.nan),
        idle=np.full(of_tree, np.nan),
        active=np.full(of_level, np.nan),
        contributing=np.full(of_level, np.nan),
        packed={},
    )
    for k in range(count):
        _add_image(trees, k, passage(k), here[k])
    return trees


def _add_image(trees: Trees, k: int, passage: ForwardPass, active: Bool[Tensor, " unit"]) -> None:
    """Take in the trees of one image."""
    for j, one in enumerate(trees.units):
        if not active[one]:
            continue
        tree = contributions(passage, unit=one, position=trees.position or None)
        below = between(tree)
        trees.used[k, j] = sum(level.used for level in tree) / sum(level.potential for level in tree)
        trees.idle[k, j] = any(bool((level.active & ~level.contributing).any()) for level in below)
        for i, level in enumerate(below):
            trees.active[k, j, i] = level.active.float().mean()
            trees.contributing[k, j, i] = level.contributing.float().mean()
        flat = torch.cat([level.contributing.flatten() for level in below])
        trees.packed[k, one] = np.packbits(flat.cpu().numpy())


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Jaccard overlap of two sets of units, packed as bits: of those in either, how many are in both."""
    either = int(np.bitwise_count(a | b).sum())
    return int(np.bitwise_count(a & b).sum()) / either if either else 1.0


def same_unit(trees: Trees) -> dict[int, dict[tuple[int, int], float]]:
    """Unit -> pair of images -> overlap of its two trees; of units that are active on two images at least."""
    images = sorted({k for k, _ in trees.packed})
    on = {one: [k for k in images if (k, one) in trees.packed] for one in trees.units}
    return {
        one: {pair: overlap(*(trees.packed[k, one] for k in pair)) for pair in combinations(some, 2)}
        for one, some in on.items()
        if len(some) > 1
    }


def same_image(trees: Trees) -> dict[int, list[float]]:
    """Image -> overlaps of the trees of two units; of images on which two of them are active at least."""
    images = sorted({k for k, _ in trees.packed})
    on = {k: [one for one in trees.units if (k, one) in trees.packed] for k in images}
    return {
        k: [overlap(trees.packed[k, a], trees.packed[k, b]) for a, b in combinations(some, 2)]
        for k, some in on.items()
        if len(some) > 1
    }
