"""What the density crop of algorithm 6 leaves, over its neighbours, both of its readings, and the share it keeps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.studies.googlenet_neurons.kernel_clouds import norm_of
from helpers.studies.googlenet_neurons.kernel_graphs import LEAST, graph_of
from helpers.studies.googlenet_neurons.kernel_rings import CROPS, KEPT, two_longest
from helpers.studies.googlenet_neurons.topology.crop_distances import READINGS, crop_distances
from helpers.studies.googlenet_neurons.topology.density import densest
from helpers.studies.googlenet_neurons.topology.homology import landmarks
from helpers.studies.googlenet_neurons.topology.mapper import cycle_rank, explained
from helpers.studies.googlenet_neurons.topology.small_dbscan import SmallDBSCAN

NUMBERS = (15, 50, 100, 200)  # neighbours; the study has about 100

Cloud = Float[Tensor, "kernel value"]
Swept = Float[Tensor, "reading number crop"]


def in_a_sample(kernels: int, drawn: int) -> list[int]:
    """``NUMBERS`` of neighbours, as large a part of a sample of ``drawn`` kernels as they are of all; 1 at least."""
    return [max(1, min(drawn - 1, round(number * drawn / kernels))) for number in NUMBERS]


def sweep(points: Cloud, neighbours: Sequence[int], *, most: int, eps: float | None = None) -> dict[str, Swept]:
    """Over both readings, numbers of neighbours and ``CROPS``, of what the crop leaves of a cloud.

    most: landmarks of the homology at most. eps: DBSCAN's radius; None where no graph is made.

    variance: its share in three principal components. bar: the longest bar of H1, in units of the kernels' norm.
    rank: the cycle rank of the Mapper graph with the study's bins and overlap.
    """
    distance = crop_distances(points, neighbours=neighbours)
    shape = (len(READINGS), len(neighbours), len(CROPS))
    names = ("variance", "bar") if eps is None else ("variance", "bar", "rank")
    found = {name: torch.zeros(shape) for name in names}
    whole: dict[str, float] = {}  # whatever the neighbours: nothing is cropped
    for reading, number, crop in product(*map(range, shape)):
        if CROPS[crop] < 1 or not whole:
            left = points[densest(distance[reading, number], kept=CROPS[crop])]
            measured = _measured(left, most, eps)
            whole = measured if CROPS[crop] == 1 else whole
        else:
            measured = whole
        for name, value in measured.items():
            found[name][reading, number, crop] = value
    return found


def _measured(left: Cloud, most: int, eps: float | None) -> dict[str, float]:
    chosen = left[landmarks(left, count=most)] / norm_of(left.shape[1])
    found = {"variance": explained(left), "bar": float(two_longest(chosen)[0])}
    if eps is not None:
        found["rank"] = float(cycle_rank(graph_of(left, clusterer=SmallDBSCAN(eps, LEAST))))
    return found


def kept_alike(points: Cloud, neighbours: Sequence[int]) -> tuple[float, float]:
    """The share of the kernels that a crop of ``KEPT`` keeps by two ways.

    By both readings, mean over the numbers of neighbours; and with the first and the last number, to the k-th one.
    """
    crops = [
        [set(densest(distance, kept=KEPT).tolist()) for distance in of_reading]
        for of_reading in crop_distances(points, neighbours=neighbours)
    ]
    of_readings = [_shared(a, b) for a, b in zip(*crops, strict=True)]
    return sum(of_readings) / len(of_readings), _shared(crops[0][0], crops[0][-1])


def _shared(one: set[int], other: set[int]) -> float:
    return len(one & other) / len(one)
