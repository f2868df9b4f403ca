"""Stage: the responses of all units of networks with random weights to natural images with turned hues.

The control of what :mod:`helpers.studies.googlenet_neurons.stages.colour_responses` finds for the trained network, by
the same keys ``random_0``, ``random_1``, ...; versions of an image: as it is, hues turned by 120° and 240°.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from helpers.studies.googlenet_neurons.colour.hues import TURNS
from helpers.studies.googlenet_neurons.colour.responses import ColourResponses
from helpers.studies.googlenet_neurons.stages import colour_responses

HAS_NETWORKS = False


def recipes(values: Mapping[str, Any]) -> dict[str, ColourResponses]:
    """The recipes for a page's ``model``, ``layer``, ``images``, ``scale`` and ``seed``."""
    every = colour_responses.recipes(values)
    return {key: replace(each, changes=TURNS) for key, each in every.items() if key != "trained"}
