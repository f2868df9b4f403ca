"""What the study says for UMAP, measured: its time, what distances it keeps, and whether it helps to find groups."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.metrics.clusters import adjusted_rand_index
from helpers.randomness import generator
from helpers.studies.googlenet_neurons.cluster_inputs import Vectors, table_of_distances
from helpers.studies.googlenet_neurons.cluster_readings import embed, quiet_thread, spectral

METHODS = ("UMAP", "t-SNE", "MDS", "PCA", "table clustered", "embedding clustered")
_PLANTED_SILHOUETTE = 0.1  # of planted groups: that much of the distance to another group is saved within one
_PLANTED_AXES = 400  # as many as a 5×5 unit of the first layer has weights


def checks(vectors: Vectors, *, clusters: int, neighbours: int, seed: int, name: str) -> dict[str, Tensor]:
    """``seconds`` and ``kept`` by ``METHODS``, and ``planted``, as :class:`KernelClusters` has them.

    UMAP and t-SNE begin with the principal components, both; the last two methods keep no distances: NaN.
    """
    table = table_of_distances(vectors)
    embed(table, neighbours=neighbours, seed=seed, start="pca")  # so that no compilation is timed
    places: dict[str, Tensor] = {}
    seconds = []
    for method, place in _methods(vectors, neighbours, seed).items():
        places[method], took = _timed(place)
        seconds.append(took)
    seconds.append(_timed(lambda: spectral(table, clusters=clusters, seed=seed))[1])
    seconds.append(_timed(lambda: spectral(places["UMAP"], clusters=clusters, seed=seed))[1])
    kept = [_rank_correlation(table, table_of_distances(place)) for place in places.values()]
    planted = _planted(len(vectors), clusters=clusters, neighbours=neighbours, seed=seed, name=name)
    return {
        "seconds": torch.tensor(seconds),
        "kept": torch.tensor([*kept, torch.nan, torch.nan]),
        "planted": torch.tensor(planted),
    }


def longest_bar(vectors: Vectors) -> float:
    """The longest bar of persistent H1 of points, over their median distance; 0 where there is none."""
    from ripser import ripser  # imported here because only this needs it

    table = table_of_distances(vectors)
    bars = np.asarray(ripser(table.numpy(), maxdim=1, distance_matrix=True)["dgms"][1])
    middle = float(table[~torch.eye(len(table), dtype=torch.bool)].median())
    return float((bars[:, 1] - bars[:, 0]).max() / middle) if len(bars) and middle > 0 else 0.0


def planted_groups(count: int, groups: int, *, generator: torch.Generator) -> tuple[Vectors, Int[Tensor, " unit"]]:
    """Gaussian points in ``_PLANTED_AXES`` dimensions around centres so far apart that the silhouette is about 0.1.

    With noise of variance 1, points of a group lie sqrt(2 axes) apart, and those of two groups 1 / 0.9 times as far.
    """
    group = torch.arange(count) % groups
    apart = (2 * _PLANTED_AXES * ((1 - _PLANTED_SILHOUETTE) ** -2 - 1)) ** 0.5
    centres = torch.zeros(groups, _PLANTED_AXES, dtype=torch.double)
    centres[torch.arange(groups), torch.arange(groups)] = apart / 2**0.5
    noise = torch.randn(count, _PLANTED_AXES, generator=generator, dtype=torch.double)
    return centres[group] + noise, group


def _planted(count: int, *, clusters: int, neighbours: int, seed: int, name: str) -> list[float]:
    """Adjusted Rand index with planted groups: of the table's rows clustered, and of its embedding."""
    points, group = planted_groups(count, clusters, generator=generator(seed, f"planted groups of {name}"))
    table = table_of_distances(points)
    plane = embed(table, neighbours=neighbours, seed=seed)
    found = [spectral(each, clusters=clusters, seed=seed) for each in (table, plane)]
    return [adjusted_rand_index(each, group) for each in found]


def _methods(vectors: Vectors, neighbours: int, seed: int) -> dict[str, Callable[[], Tensor]]:
    from sklearn.decomposition import PCA  # imported here because they take a second
    from sklearn.manifold import MDS, TSNE

    points = vectors.double().numpy()
    perplexity = min(30, (len(points) - 1) / 3)
    made = {
        "t-SNE": TSNE(perplexity=perplexity, init="pca", random_state=seed),
        "MDS": MDS(n_init=1, init="random", random_state=seed),
        "PCA": PCA(2),
    }
    found: dict[str, Callable[[], Tensor]] = {
        "UMAP": lambda: embed(vectors, neighbours=neighbours, seed=seed, start="pca")
    }
    return found | {
        name: (lambda method=method: torch.from_numpy(np.asarray(method.fit_transform(points), dtype=np.float64)))
        for name, method in made.items()
    }


def _timed(work: Callable[[], Tensor]) -> tuple[Tensor, float]:
    """The result, and the seconds of the processor: on one thread, other programs do not count."""
    begun = time.process_time()
    with quiet_thread():
        result = work()
    return result, time.process_time() - begun


def _rank_correlation(one: Float[Tensor, "unit unit"], other: Float[Tensor, "unit unit"]) -> float:
    """Spearman's correlation of the distances of all pairs."""
    from scipy.stats import spearmanr

    rows, columns = torch.triu_indices(len(one), len(one), 1)
    return float(spearmanr(one[rows, columns], other[rows, columns]).statistic)
