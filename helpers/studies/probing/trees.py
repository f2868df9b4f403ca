"""Trees of contributions of many activations of one layer, counted (probing, sections 2 and 4)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from helpers.attribution.contributions import LayerContributions, contributions, contributions_refusal
from helpers.attribution.forward_pass import ForwardPass, blank_image, forward
from helpers.metrics.activations import Place, at, most_active_position

UNITS = 2  # of a position, at most: whatever is active below reaches every unit of a position, so that trees are alike


class Trees(NamedTuple):
    """What the trees of the units of one position use of what they could. Not a number where a unit is silent."""

    position: Place
    units: list[int]
    levels: list[str]  # the layers between the image and the one asked for
    sizes: list[int]  # units in the receptive field, of each of these layers
    used: Float[np.ndarray, "image unit"]  # share of the connections
    active: Float[np.ndarray, "image unit level"]  # share of the units in the receptive field
    contributing: Float[np.ndarray, "image unit level"]
    packed: dict[tuple[int, int], np.ndarray]  # (image, unit) -> which units contribute, as bits

    def known(self) -> list[int]:
        """The images on which one of the units is active at least."""
        return [int(k) for k in np.flatnonzero(~np.isnan(self.used).all(axis=1))]

    def of_images(self, what: Float[np.ndarray, "image unit *level"]) -> Float[np.ndarray, "known_image ..."]:
        """The mean over the units, for each image on which one of them is active."""
        return np.nanmean(what[self.known()], axis=1)

    def idle(self) -> Float[np.ndarray, " known_image"]:
        """Share of the active units of the receptive field that take no part, mean over the layers; per known image."""
        return 1 - self.of_images(self.contributing / np.maximum(self.active, 1e-12)).mean(axis=1)


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


def count_trees(network: nn.Module, layer: str, inputs: Float[Tensor, "image channel row column"]) -> Trees:
    """Count the trees of up to ``UNITS`` units of a layer on every one of the inputs, one at a time.

    They are those of the position where most units are active on average, which are active there on most images.
    """
    count = len(inputs)

    def passage(number: int) -> ForwardPass:
        return forward(network, layer, inputs[number])

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
        sizes=[level.active.numel() for level in levels],
        used=np.full(of_tree, np.nan),
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
        for i, level in enumerate(below):
            trees.active[k, j, i] = level.active.float().mean()
            trees.contributing[k, j, i] = level.contributing.float().mean()
        flat = torch.cat([level.contributing.flatten() for level in below])
        trees.packed[k, one] = np.packbits(flat.cpu().numpy())


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Jaccard overlap of two sets of units, packed as bits: of those in either, how many are in both."""
    either = int(np.bitwise_count(a | b).sum())
    return int(np.bitwise_count(a & b).sum()) / either if either else 1.0


def by_chance(trees: Trees, a: tuple[int, int], b: tuple[int, int]) -> float:
    """The overlap of two trees, (image, unit), that hold as many units of each layer, but which ones is independent."""
    sizes = np.array(trees.sizes)
    first, second = (trees.contributing[k, trees.units.index(one)] for k, one in (a, b))
    both = (sizes * first * second).sum()
    either = (sizes * (first + second - first * second)).sum()
    return float(both / either) if either else 1.0


class Overlaps(NamedTuple):
    """How much the trees have in common."""

    plain: dict[int, float]  # image -> mean overlap of a unit's tree on this image with its trees on the others
    corrected: dict[int, float]  # the same, 0 for what chance gives and 1 for the same tree
    units: dict[int, float]  # image -> overlap of the trees of two units on it


def overlaps(trees: Trees) -> Overlaps:
    """Overlaps of one unit on two images, and of two units on one image, per image that has such pairs."""
    plain: dict[int, list[float]] = {}
    corrected: dict[int, list[float]] = {}
    for one in trees.units:
        for a, b in combinations([k for k, unit in trees.packed if unit == one], 2):
            found = overlap(trees.packed[a, one], trees.packed[b, one])
            chance = by_chance(trees, (a, one), (b, one))
            for image in (a, b):
                plain.setdefault(image, []).append(found)
                corrected.setdefault(image, []).append((found - chance) / (1 - chance) if chance < 1 else 1.0)
    units: dict[int, list[float]] = {}
    for k in sorted({k for k, _ in trees.packed}):
        for a, b in combinations([unit for image, unit in trees.packed if image == k], 2):
            units.setdefault(k, []).append(overlap(trees.packed[k, a], trees.packed[k, b]))
    return Overlaps(*({k: float(np.mean(v)) for k, v in part.items()} for part in (plain, corrected, units)))
