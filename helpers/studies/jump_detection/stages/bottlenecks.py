"""Stage: perceptrons that locate a jump through a layer of few units (jump detection study, section 4.2.1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import torch

from helpers.models.stacks.perceptron import Perceptrons
from helpers.studies.jump_detection import widths
from helpers.studies.jump_detection.recipes import JumpRecipe
from helpers.studies.jump_detection.setting import setting
from helpers.training.stacks import History

WIDTHS = range(2, 11)


@dataclass(frozen=True, kw_only=True)
class JumpBottlenecks(JumpRecipe):
    """Perceptrons that locate a jump through a layer of few units (study: jump_detection, section 4.2.1).

    width: the number of units of the bottleneck.
    deep: whether a layer of 25 units stands on either side: 100-25-width-25-60. The shallow networks, 100-width-60,
    have no other hidden layer.

    Raises ValueError for a width below 1.
    """

    width: int
    deep: bool

    def __post_init__(self) -> None:
        if self.width < 1:
            raise ValueError(f"width = {self.width}: a bottleneck has at least 1 unit")

    @property
    def key(self) -> str:
        return f"bottleneck-{'deep' if self.deep else 'shallow'}-{self.width}"

    @property
    def bottleneck(self) -> int:
        """The index of the bottleneck among the layers, counted from 0."""
        return 1 if self.deep else 0

    def build(self, *, seeds: Sequence[int], device: torch.device) -> Perceptrons:
        """Untrained networks, one per seed."""
        hidden = (25, self.width, 25) if self.deep else (self.width,)
        return Perceptrons((self.task.length, *hidden, self.task.classes), seeds=seeds, device=device)


def train_side_by_side(
    recipes: Sequence[JumpBottlenecks], *, seeds: Sequence[int], device: torch.device
) -> list[tuple[Perceptrons, History]]:
    """Train the networks of several recipes in one stack, which is the faster the narrower they are.

    recipes: they may differ only in their width.
    seeds: of the networks of each recipe.
    device: where networks are trained.

    Returns for each recipe what its ``train`` gives. The stack is as wide as the widest of ``WIDTHS``, so that a
    network is the same, bit for bit, whichever others are trained with it. Raises ValueError for recipes that differ in
    more than their width.
    """
    one = recipes[0]
    if {replace(recipe, width=one.width) for recipe in recipes} != {one}:
        raise ValueError("the recipes differ in more than their width; side by side they can differ in nothing else")
    stacks = [recipe.build(seeds=seeds, device=device) for recipe in recipes]
    widest = replace(one, width=max(WIDTHS)).build(seeds=seeds[:1], device=device)
    whole = widths.pack_widths(stacks, at_least=widest.sizes)
    history = one.fit(whole, seeds=[*seeds] * len(recipes), device=device, name=f"{len(recipes)} widths")
    widths.unpack_widths(whole, stacks)
    rows = [slice(first, first + len(seeds)) for first in range(0, len(whole.seeds), len(seeds))]
    return [(stack, history.of(part)) for stack, part in zip(stacks, rows, strict=True)]


def recipes(values: Mapping[str, Any]) -> dict[str, JumpBottlenecks]:
    """Shallow and deep networks of all widths: "bottleneck-shallow-2" to "bottleneck-deep-10"."""
    training = setting(values).training
    training["max_epochs"] = {"smoke": 3, "laptop": 3_000, "paper": 12_000}[values["scale"]]  # two units learn slowly
    made = [JumpBottlenecks(width=width, deep=deep, **training) for deep in (False, True) for width in WIDTHS]
    return {recipe.key: recipe for recipe in made}


def train_together(
    recipes: Sequence[JumpBottlenecks], *, seeds: Sequence[int], device: torch.device
) -> Iterator[tuple[Perceptrons, History]]:
    """All widths of a kind side by side, in the order of the recipes."""
    for _, alike in groupby(recipes, key=lambda recipe: recipe.deep):
        yield from train_side_by_side(list(alike), seeds=seeds, device=device)
