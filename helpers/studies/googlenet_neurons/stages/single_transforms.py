"""Stage: optimised images with waves and one transform alone: shifts, scales, or turns.

The units, steps, pixels and starts are those of the artefact ``fourier`` (waves alone) of the stage
``optimisation_checks``. Each artefact is an :class:`helpers.studies.googlenet_neurons.optimising.Optimised` with maxima
alone, whose units count through all branches that the page looks at:

| key | what every step does to the image |
| --- | --- |
| ``shifts`` | pads it, and crops it twice at random |
| ``scales`` | scales it about the middle |
| ``turns`` | turns it about the middle |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from helpers.ascent.views import Views
from helpers.studies.googlenet_neurons.optimising import ImagesOfUnits
from helpers.studies.googlenet_neurons.stages import optimisation_checks

HAS_NETWORKS = False
ALONE = {
    "shifts": Views(scales=(1.0,), degrees=(0.0,)),
    "scales": Views(pad=0, jitter=0, jitter_after=0, degrees=(0.0,)),
    "turns": Views(pad=0, jitter=0, jitter_after=0, scales=(1.0,)),
}


def recipes(values: Mapping[str, Any]) -> dict[str, ImagesOfUnits]:
    """A recipe a transform for a page's ``model``, ``layer``, ``scale`` and ``seed``."""
    waves = optimisation_checks.recipes(values)["fourier"]
    return {key: replace(waves, key=key, setting=replace(waves.setting, views=views)) for key, views in ALONE.items()}
