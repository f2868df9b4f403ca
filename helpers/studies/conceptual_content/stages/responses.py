"""Stage: the responses of all units to every image of the first part, and of the last layer to some of Imagenette."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from helpers.studies.conceptual_content.responses import ResponsesOfPart, recipes_of_responses

HAS_NETWORKS = False


def recipes(values: Mapping[str, Any]) -> dict[str, ResponsesOfPart]:
    """The recipe "responses", and "imagenette" where this set is."""
    return recipes_of_responses(values)
