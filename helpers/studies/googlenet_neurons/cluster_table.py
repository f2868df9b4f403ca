"""The numbers of every set of kernels in one table: what the figures of embeddings and dendrograms show, measured."""

from __future__ import annotations

from collections.abc import Sequence

from helpers.studies.googlenet_neurons.cluster_statements import Clustered
from helpers.studies.googlenet_neurons.cluster_tendency import Tendency
from helpers.studies.googlenet_neurons.round_embeddings import Round

_HEAD = (
    "set",
    "cut at",
    "widest step",
    "silhouette",
    "starts agree",
    "radial variation",
    "filled centre",
    "longest bar",
    "Hopkins",
)


def table(every: Sequence[Clustered], rounds: Sequence[Round], tendencies: Sequence[Tendency]) -> str:
    """A row for each set, as Markdown; in brackets the same of controls, means over their draws.

    Controls are random weights and, for the Hopkins statistic, one cloud. tendencies: of the embeddings.
    """
    rows = [_row(*each) for each in zip(every, rounds, tendencies, strict=True)]
    return "\n".join([f"| {' | '.join(_HEAD)} |", f"|{'---|' * len(_HEAD)}", *rows])


def _row(one: Clustered, embedded: Round, tendency: Tendency) -> str:
    step, random_step = one.trees_step
    cloud = tendency.drawn["one cloud"]
    pairs = [
        (float(one.silhouettes().mean()), float(one.control_silhouettes("random").mean())),
        (one.starts_agree(), one.random_starts_agree()),
        *(embedded.beside_random(name) for name in ("variation", "centre", "bar")),
        (tendency.own, sum(cloud) / len(cloud)),
    ]
    told = " | ".join(f"{own:.2f} ({drawn:.2f})" for own, drawn in pairs)
    return f"| {one.name} | {one.set.clusters} | {step} ({random_step}) | {told} |"
