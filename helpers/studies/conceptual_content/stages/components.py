"""Stage: independent components of the patches of some units of every layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from helpers.studies.conceptual_content.stages import unit_statistics
from helpers.studies.conceptual_content.subject import subject
from helpers.studies.conceptual_content.top_lists import whole
from helpers.studies.conceptual_content.unit_components import ComponentsOfUnits, recipe_of_components

HAS_NETWORKS = False
READS: dict[Any, list[str]] = {unit_statistics: []}  # whatever the first set of images is called


def recipes(values: Mapping[str, Any], read: Mapping[str, Any]) -> dict[str, ComponentsOfUnits]:
    """One recipe, "components"."""
    seen = subject(values, torch.device(values["device"]))
    return recipe_of_components(values["scale"], seen, whole(seen, read[seen.key].history))
