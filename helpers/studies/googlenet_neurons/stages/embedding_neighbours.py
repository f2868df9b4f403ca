"""Stage: embeddings of every set of kernels with other numbers of UMAP's neighbours, and of random weights.

One artefact for each set, by its name: ``mixed4b 5×5``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from helpers.studies.googlenet_neurons.cluster_sets import sets_of
from helpers.studies.googlenet_neurons.embedding_neighbours import OTHERS, EmbeddingsOfKernels
from helpers.studies.googlenet_neurons.subject import subject

HAS_NETWORKS = False


def recipes(values: Mapping[str, Any]) -> dict[str, EmbeddingsOfKernels]:
    """The recipes for a page's ``model``, ``layer``, ``scale`` and ``neighbours``.

    There are as many draws of random weights as in the stage ``unit_clusters``.
    """
    scale = values["scale"]
    found = sets_of(subject(values), scale=scale, neighbours=values["neighbours"])
    return {
        each.name: EmbeddingsOfKernels(
            key=each.branch.layer,
            kernels=each.kernels,
            numbers=OTHERS,
            draws={"smoke": 2, "laptop": 19, "paper": 99}[scale],
        )
        for each in found
    }
