"""How the patterns of random networks are made: in natural images, and in images optimised for their own units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch

from helpers.studies.googlenet_neurons.kernel_pattern_recipes import (
    NaturalPatterns,
    OptimisedPatterns,
    recipes_of_patterns,
)
from helpers.studies.googlenet_neurons.optimising import Optimised
from helpers.studies.googlenet_neurons.subject import Subject


def recipes_of_random(
    values: Mapping[str, Any], made: Mapping[int, Optimised]
) -> dict[str, NaturalPatterns | OptimisedPatterns]:
    """For each draw of random weights "natural_1" … and "optimised_0" …; natural patterns of the draw 0 are those of
    the recipe "random" of :func:`helpers.studies.googlenet_neurons.kernel_pattern_recipes.recipes_of_patterns`.

    made: the images of each draw, maxima alone, whose units count through all branches.
    """
    first = recipes_of_patterns(values)["random"]
    found: dict[str, NaturalPatterns | OptimisedPatterns] = {}
    for draw, images in made.items():
        if draw != first.draw:
            found[f"natural_{draw}"] = replace(first, key=f"natural_{draw}", draw=draw)
        found[f"optimised_{draw}"] = OptimisedPatterns(
            key=f"optimised_{draw}",
            described=first.described | {"draw": draw},
            seen=first.seen.with_random_weights(draw),
            made=by_block(first.seen, images),
        )
    return found


def by_block(seen: Subject, found: Optimised) -> dict[str, Optimised]:
    """Images whose units count through all branches, by block, where units count through the block.

    Of maxima alone, they stand for minima, too: what responds least is then looked for in the same images.
    """
    blocks = {}
    for block in seen.blocks:
        unit = torch.full_like(found.unit, -1)
        for branch in block.branches:
            where = seen.places(branch)
            inside = (found.unit >= where.start) & (found.unit < where.stop)
            unit[inside] = found.unit[inside] - where.start + branch.first
        known = unit >= 0
        if known.any():
            about = {name: values for name, values in vars(found).items() if name != "unit"}  # (unit, direction, …)
            both = {name: values[known].repeat_interleave(2, dim=1) for name, values in about.items()}
            blocks[block.name] = Optimised(unit=unit[known], **both)
    return blocks
