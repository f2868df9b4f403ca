"""Stage: facets of some units of every layer, clusters of their patches beyond what chance shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from helpers.studies.conceptual_content.stages import unit_statistics
from helpers.studies.conceptual_content.subject import subject
from helpers.studies.conceptual_content.top_lists import whole
from helpers.studies.conceptual_content.unit_facets import FacetsOfUnits, recipe_of_facets

HAS_NETWORKS = False
READS: dict[Any, list[str]] = {unit_statistics: []}  # whatever the first set of images is called


def recipes(values: Mapping[str, Any], read: Mapping[str, Any]) -> dict[str, FacetsOfUnits]:
    """One recipe, "facets"."""
    seen = subject(values, torch.device(values["device"]))
    return recipe_of_facets(values["scale"], seen, whole(seen, read[seen.key].history))
