"""What the nearest neighbours of a point say about it; a measure of order in maps and activations."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int, Num
from scipy import stats
from sklearn.neighbors import NearestNeighbors


def knn_r2(points: Float[np.ndarray, "point axis"], values: Num[np.ndarray, " point"], *, k: int = 10) -> float:
    """Share of the variance of ``values`` that the mean value of the k nearest other points explains.

    points: the coordinates.
    values: one value per point.
    k: the number of neighbours.

    It is 1 if neighbours have the same value, and 0 or less if they say nothing about it (down to -1/k for values
    without order). Raises ValueError for a k without as many other points.
    """
    guess = values[_neighbours(points, k)].mean(axis=1)
    return float(1 - np.mean((guess - values) ** 2) / values.var())


def knn_accuracy(points: Float[np.ndarray, "point axis"], labels: Int[np.ndarray, " point"], *, k: int = 10) -> float:
    """Share of points whose label is the most frequent one among the k nearest other points.

    points: the coordinates.
    labels: one label per point; among equally frequent labels the lowest counts.
    k: the number of neighbours.

    Raises ValueError for a k without as many other points.
    """
    return float((knn_votes(points, labels, k=k) == labels).mean())


def knn_votes(
    points: Float[np.ndarray, "point axis"], labels: Int[np.ndarray, " point"], *, k: int = 10
) -> Int[np.ndarray, " point"]:
    """The most frequent label among the k nearest other points of each point; of equally frequent ones the lowest.

    points, labels, k: as for :func:`knn_accuracy`, which raises what this raises.
    """
    found: np.ndarray = stats.mode(labels[_neighbours(points, k)], axis=1).mode
    return found


def nearest_label(
    cases: Float[np.ndarray, "case axis"],
    labels: Int[np.ndarray, " case"],
    asked: Float[np.ndarray, "point axis"],
) -> Int[np.ndarray, " point"]:
    """The label of the case nearest to each point: case-based reasoning (study: jump_detection, figure 7.3).

    cases: the coordinates of cases with known labels.
    labels: one label per case.
    asked: the points for which labels are wanted.
    """
    return labels[NearestNeighbors(n_neighbors=1).fit(cases).kneighbors(asked, return_distance=False)[:, 0]]


def _neighbours(points: Float[np.ndarray, "point axis"], k: int) -> Int[np.ndarray, "point neighbour"]:
    if not 1 <= k < len(points):
        raise ValueError(f"k = {k} neighbours: between 1 and {len(points) - 1} others are there.")
    # called without an argument, kneighbors does not count a point as its own neighbour
    return NearestNeighbors(n_neighbors=k).fit(points).kneighbors(return_distance=False)
