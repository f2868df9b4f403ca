"""Stage: what excites units of random networks, in natural images and in images optimised for them, by draw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from helpers.studies.googlenet_neurons.kernel_pattern_recipes import NaturalPatterns, OptimisedPatterns
from helpers.studies.googlenet_neurons.optimised import of_stage
from helpers.studies.googlenet_neurons.random_pattern_recipes import recipes_of_random
from helpers.studies.googlenet_neurons.stages import random_images

HAS_NETWORKS = False
READS: dict[Any, list[str]] = {random_images: []}  # however many draws there are


def recipes(
    values: Mapping[str, Any], read: Mapping[str, Any] | None = None
) -> dict[str, NaturalPatterns | OptimisedPatterns]:
    """The recipes "natural_1" … and "optimised_0" …; natural patterns of the draw 0 are in ``kernel_patterns``."""
    made = {int(key.removeprefix(random_images.KEY)): images for key, images in of_stage(read or {}).items()}
    return recipes_of_random(values, made)
