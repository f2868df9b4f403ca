"""What page 9 writes to the table of units: what the answers lose without the groups that a unit is in."""

from __future__ import annotations

from typing import Any

from helpers.pages.unit_table import Column
from helpers.studies.googlenet_neurons.ablation.groups import CLUSTER, KINDS
from helpers.studies.googlenet_neurons.ablation.passes import Ablated
from helpers.studies.googlenet_neurons.ablation.statements import chosen, of_clusters

_NONE = "the unit is in no cluster that was taken out"

COLUMNS = {
    "ablated_in": Column(
        meaning="groups by a score that the unit was set to 0 with", missing="the unit is in none of these groups"
    ),
    "ablated_cluster_loss": Column(
        meaning="share of right answers lost without the cluster of the unit's kernel", missing=_NONE
    ),
    "ablated_cluster_percentile": Column(
        meaning="share of groups of units like those of the clusters without which less is lost", missing=_NONE
    ),
}


def of_units(answers: Ablated, clusters: Ablated) -> dict[str, Any]:
    """The values of all columns, for all units."""
    names: list[list[str]] = [[] for _ in range(answers.units.shape[1])]
    for kind in (kind for kind in KINDS if kind != CLUSTER):
        own = chosen(answers, kind, "zero") & (answers.draw < 0)
        for unit in answers.units[own].any(dim=0).nonzero().flatten().tolist():
            names[unit].append(kind)
    lost = of_clusters(clusters)
    return {
        "ablated_in": [", ".join(each) or None for each in names],
        "ablated_cluster_loss": lost["loss"],
        "ablated_cluster_percentile": lost["percentile"],
    }
