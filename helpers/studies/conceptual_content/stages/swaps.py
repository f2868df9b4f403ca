"""Stage: patches of single- and multi-faceted units pasted into other images, and what is left of the response."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from helpers.hooks.reducers.pass_tensors import from_stage
from helpers.studies.conceptual_content.stages import unit_statistics
from helpers.studies.conceptual_content.subject import subject
from helpers.studies.conceptual_content.top_lists import of_statistics
from helpers.studies.conceptual_content.unit_swaps import SwapsOfUnits, recipe_of_swaps

HAS_NETWORKS = False
READS: dict[Any, list[str]] = {unit_statistics: []}  # whatever the first set of images is called


def recipes(values: Mapping[str, Any], read: Mapping[str, Any]) -> dict[str, SwapsOfUnits]:
    """One recipe, "swaps"."""
    seen = subject(values, torch.device(values["device"]))
    passed = from_stage(read[seen.key].history, name=seen.key)
    return recipe_of_swaps(values["scale"], seen, of_statistics(passed, seen.images.labels, classes=seen.classes))
