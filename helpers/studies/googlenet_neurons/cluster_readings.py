"""The readings of algorithm 5: what is compared, and what the spectral clustering is given.

The algorithm normalises units, computes a table of distances, embeds it by UMAP, draws Ward's dendrogram, and clusters
by a spectral method with an RBF affinity. Text, algorithm and captions differ in what enters:

rows: whole kernels, normalised; the rows of the table of distances are clustered, as line 8 of the algorithm has it
    (the affinity is exp(-d²) of the distances d of the rows).
printed: the same with raw kernels, as line 5 of the algorithm has it.
averages: averaged kernels, as the captions have it; the rows of their table are clustered.
embedded: whole kernels, normalised; the embedding of the rows of their table is clustered, as the text has it.
averages embedded: averaged kernels; the embedding of the rows of their table is clustered.
averages precomputed: averaged kernels; the affinity is exp(-d²) of their own distances, not of the rows.
embedded precomputed: as embedded, but UMAP takes the table as distances, not its rows as points.
spectral norm: as embedded, but the norm of a difference is the largest singular value, not the Frobenius norm.
Ward, k-means: averaged kernels by two methods that the study names and does not use for its clusters.

UMAP, scikit-learn and numba are slow to import: a page that only draws does not import this module.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.errors import BadInput
from helpers.metrics.clusters import cut, ward_tree
from helpers.studies.googlenet_neurons.cluster_inputs import (
    Kernels,
    averaged,
    normalised,
    table_of_distances,
    table_of_spectral_norms,
)

READINGS = (
    "rows",
    "printed",
    "averages",
    "embedded",
    "averages embedded",
    "averages precomputed",
    "embedded precomputed",
    "spectral norm",
    "Ward",
    "k-means",
)
OF_AVERAGES = (
    "averages",
    "averages embedded",
    "averages precomputed",
    "Ward",
    "k-means",
)  # these need no whole kernels
EMBEDDED = {  # and whose table is embedded
    "embedded": "rows",
    "averages embedded": "averages",
    "embedded precomputed": "rows",
    "spectral norm": "spectral norm",
}
PRECOMPUTED = ("averages precomputed", "embedded precomputed")
NEIGHBOURS = 30  # of UMAP in the study

Table = Float[Tensor, "unit entry"]
Labels = Int[Tensor, " unit"]
Plane = Float[Tensor, "unit 2"]


class ReadingError(BadInput):
    """Kernels that cannot be clustered as asked."""


def tables(kernels: Kernels) -> dict[str, Table]:
    """The table of distances of each reading that has one of its own."""
    whole = normalised(kernels)
    return {
        "rows": table_of_distances(whole.flatten(1)),
        "printed": table_of_distances(kernels.flatten(1)),
        "averages": table_of_distances(averaged(whole)),
        "spectral norm": table_of_spectral_norms(whole),
    }


def usable_neighbours(asked: int, units: int, *, name: str) -> int:
    """UMAP's neighbours for a set of units: those asked for; the study's 30 are cut where there are fewer others.

    Raises ReadingError for another number than the study's that the set is too small for.
    """
    if asked < units:
        return asked
    if asked == NEIGHBOURS:
        return units - 1
    raise ReadingError(
        f"{name} has {units} kernels, too few for {asked} neighbours; ask for at most {units - 1}, or for the study's "
        f"{NEIGHBOURS}, which are cut where a set is smaller."
    )


@contextmanager
def quiet_thread() -> Iterator[None]:
    """One thread and no warnings: UMAP changes how many threads OpenMP has, which makes small problems slow."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of graphs in pieces, of seeds that allow one thread, of changing defaults
            yield
    finally:
        torch.set_num_threads(threads)


def embed(table: Table, *, neighbours: int, seed: int, start: str = "spectral", metric: str = "euclidean") -> Plane:
    """UMAP of the rows of a table, with the study's settings: 2 dimensions, smallest distance 0.

    start: where the points begin, "spectral" (UMAP's default) or "pca". metric: "precomputed" if the table holds the
    distances themselves.
    """
    import umap  # imported here because it takes seconds

    with quiet_thread():
        method = umap.UMAP(
            n_neighbors=neighbours,
            min_dist=0.0,
            n_components=2,
            random_state=seed,
            n_jobs=1,
            init=start,
            metric=metric,
        )
        return torch.from_numpy(np.asarray(method.fit_transform(table.double().numpy()), dtype=np.float32))


def spectral(table: Table, *, clusters: int, seed: int, gamma: float = 1.0, precomputed: bool = False) -> Labels:
    """Spectral clustering with the affinity exp(-gamma d²), scikit-learn's default gamma of 1.

    d: distances of the rows of a table or, precomputed, its entries.
    """
    from sklearn.cluster import SpectralClustering  # imported here because it takes a second

    with quiet_thread():
        method = SpectralClustering(
            clusters, affinity="precomputed" if precomputed else "rbf", gamma=gamma, random_state=seed
        )
        given = (-gamma * table.double().square()).exp() if precomputed else table.double()
        return torch.from_numpy(method.fit_predict(given.numpy()).astype(np.int64))


def k_means(vectors: Table, *, clusters: int, seed: int) -> Labels:
    """The best of ten starts of k-means."""
    from sklearn.cluster import KMeans  # imported here because it takes a second

    with quiet_thread():
        found = KMeans(clusters, n_init=10, random_state=seed).fit_predict(vectors.double().numpy())
    return torch.from_numpy(found.astype(np.int64))


def largest_affinity(table: Table) -> float:
    """The largest affinity of two different units, exp(-d²) of the rows of a table."""
    return float((-table_of_distances(table).fill_diagonal_(torch.inf).square()).exp().max())


def partition(
    reading: str,
    given: Mapping[str, Table],
    vectors: Float[Tensor, "unit axis"],
    *,
    clusters: int,
    neighbours: int,
    seed: int,
) -> tuple[Labels, Plane | None]:
    """The clusters by a reading, and the embedding if it has one.

    given: tables of distances, by reading; vectors: averaged kernels; clusters: how many are asked for.
    """
    if reading == "Ward":
        return cut(ward_tree(vectors), clusters), None
    if reading == "k-means":
        return k_means(vectors, clusters=clusters, seed=seed), None
    if reading in EMBEDDED:
        metric = "precomputed" if reading in PRECOMPUTED else "euclidean"
        plane = embed(given[EMBEDDED[reading]], neighbours=neighbours, seed=seed, metric=metric)
        return spectral(plane, clusters=clusters, seed=seed), plane
    if reading in PRECOMPUTED:
        return spectral(given["averages"], clusters=clusters, seed=seed, precomputed=True), None
    return spectral(given[reading], clusters=clusters, seed=seed), None
