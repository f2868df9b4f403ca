"""What page 9 writes to the table of units: what the answers lose without the groups that a unit is in."""

from __future__ import annotations

from typing import Any

from helpers.pages.unit_table import Column
from helpers.studies.googlenet_neurons.ablation.groups import CLUSTER, KINDS
from helpers.studies.googlenet_neurons.ablation.passes import Ablated
from helpers.studies.googlenet_neurons.ablation.statements import chosen, of_clusters, of_scores

_NONE = "the unit is in no cluster that was taken out"
_NO_GROUP = "the unit is in none of these groups"

COLUMNS = {
    "ablated_in": Column(meaning="groups by a score that the unit was set to 0 with", missing=_NO_GROUP),
    "ablated_loss": Column(
        meaning="share of right answers lost without a group by a score, mean over the groups that the unit is in",
        missing=_NO_GROUP,
    ),
    "ablated_percentile": Column(
        meaning="share of groups of units like those of a group by a score without which less is lost than without it, "
        "mean over the groups that the unit is in",
        missing=_NO_GROUP,
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
    scores = [kind for kind in KINDS if kind != CLUSTER]
    for kind in scores:
        own = chosen(answers, kind, "zero") & (answers.draw < 0)
        for unit in answers.units[own].any(dim=0).nonzero().flatten().tolist():
            names[unit].append(kind)
    by_score, lost = of_scores(answers, scores), of_clusters(clusters)
    return {
        "ablated_in": [", ".join(each) or None for each in names],
        "ablated_loss": by_score["loss"],
        "ablated_percentile": by_score["percentile"],
        "ablated_cluster_loss": lost["loss"],
        "ablated_cluster_percentile": lost["percentile"],
    }
