"""Stage: narrower four-layer networks that try to memorise shuffled labels (jump detection study, section 6.2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from helpers.studies.jump_detection.stages.memorising import MemorisingPerceptrons, false_labels

WIDTHS = (10, 25, 50)


def recipes(values: Mapping[str, Any]) -> dict[str, MemorisingPerceptrons]:
    """The recipes by key: "memorising-4-width-10", ...

    They train for 1,500 epochs, about as many as the networks of full width need.
    """
    full = false_labels(values)
    made = [replace(full, width=width, max_epochs=min(full.max_epochs, 1_500)) for width in WIDTHS]
    return {recipe.key: recipe for recipe in made}
