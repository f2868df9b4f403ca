"""Stage: the clusters of every set of kernels, by every reading of algorithm 5, and those of the sets' controls.

One artefact for each set, by its name: ``mixed4b 5×5``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from helpers.studies.googlenet_neurons.cluster_sets import sets_of
from helpers.studies.googlenet_neurons.subject import subject
from helpers.studies.googlenet_neurons.unit_clusters import ClustersOfKernels

HAS_NETWORKS = False


def recipes(values: Mapping[str, Any]) -> dict[str, ClustersOfKernels]:
    """The recipes for a page's ``model``, ``layer``, ``scale``, ``starts`` and ``neighbours``."""
    scale = values["scale"]
    found = sets_of(subject(values), scale=scale, neighbours=values["neighbours"])
    return {
        each.name: ClustersOfKernels(
            key=each.branch.layer,
            kernels=each.kernels,
            clusters=each.clusters,
            neighbours=each.neighbours,
            starts=min(values["starts"], 2) if scale == "smoke" else values["starts"],
            draws={"smoke": 2, "laptop": 19, "paper": 99}[scale],
            few={"smoke": 1, "laptop": 4, "paper": 20}[scale],
        )
        for each in found
    }
