"""Stage: where in its optimised images a unit responds, and what they show there, as small as its kernels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from helpers.studies.googlenet_neurons.kernel_pattern_recipes import OptimisedPatterns, recipes_of_optimised
from helpers.studies.googlenet_neurons.stages import optimised_images

HAS_NETWORKS = False
READS: dict[Any, list[str]] = {optimised_images: []}  # whatever the blocks are called


def recipes(values: Mapping[str, Any], read: Mapping[str, Any]) -> dict[str, OptimisedPatterns]:
    """One recipe, "optimised"."""
    return recipes_of_optimised(values, read)
