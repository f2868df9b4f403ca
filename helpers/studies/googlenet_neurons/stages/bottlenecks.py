"""Stage: how much of a block's input the 1×1 units before its larger kernels keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from helpers.studies.googlenet_neurons.bottlenecks import KeptByBottlenecks, recipes_of_bottlenecks

HAS_NETWORKS = False


def recipes(values: Mapping[str, Any]) -> dict[str, KeptByBottlenecks]:
    """One recipe, "kept"."""
    return recipes_of_bottlenecks(values)
