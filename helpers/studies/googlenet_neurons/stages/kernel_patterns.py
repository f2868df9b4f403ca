"""Stage: what excites and inhibits units in natural images, as small as their kernels; and in a random network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from helpers.studies.googlenet_neurons.kernel_pattern_recipes import NaturalPatterns, recipes_of_patterns

HAS_NETWORKS = False


def recipes(values: Mapping[str, Any]) -> dict[str, NaturalPatterns]:
    """The recipes "natural", "matched", "random" and "inside"."""
    return recipes_of_patterns(values)
