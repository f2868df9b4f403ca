"""Stage: the strongest images of all units of two other networks, GoogLeNet and SqueezeNet, on the same images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from helpers.data.images import AUTO
from helpers.hooks.reducers.unit_pass import UnitPass
from helpers.models.pretrained import load
from helpers.models.pretrained.weights import WeightsError
from helpers.studies.conceptual_content.stages import unit_statistics

HAS_NETWORKS = False
NETWORKS = ("googlenet", "squeezenet1_1")


def recipes(values: Mapping[str, Any]) -> dict[str, UnitPass]:
    """The pass of each network over the first set of images, by its name; of those whose ImageNet weights are here."""
    made = {}
    for name in filter(_is_here, NETWORKS):
        first = next(iter(unit_statistics.recipes({**values, "model": name, "layers": AUTO}).values()))
        made[name] = replace(first, key=name)
    return made


def _is_here(name: str) -> bool:
    try:
        return load(name).weights.source in ("assets", "download")
    except WeightsError:
        return False
