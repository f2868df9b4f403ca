"""What a point's nearest neighbours tell about it: how maps and activations are ordered."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int, Num
from scipy import stats
from sklearn.neighbors import NearestNeighbors


def knn_r2(points: Float[np.ndarray, "point axis"], values: Num[np.ndarray, " point"], *, k: int = 10) -> float:
    """Share of the variance of ``values`` that the mean of the k nearest other points' values explains.

    1: neighbours have the same value; 0 or less: they tell nothing (up to 1/k below zero for values without order).
    """
    guess = values[_neighbours(points, k)].mean(axis=1)
    return float(1 - np.mean((guess - values) ** 2) / values.var())


def knn_accuracy(points: Float[np.ndarray, "point axis"], labels: Int[np.ndarray, " point"], *, k: int = 10) -> float:
    """Share of points whose label is the most frequent one (the lowest of equals) of the k nearest other points."""
    return float((stats.mode(labels[_neighbours(points, k)], axis=1).mode == labels).mean())


def nearest_label(
    cases: Float[np.ndarray, "case axis"],
    labels: Int[np.ndarray, " case"],
    asked: Float[np.ndarray, "point axis"],
) -> Int[np.ndarray, " point"]:
    """The label of the nearest case of each point: case-based reasoning (study: jump_detection, figure 7.3)."""
    return labels[NearestNeighbors(n_neighbors=1).fit(cases).kneighbors(asked, return_distance=False)[:, 0]]


def _neighbours(points: Float[np.ndarray, "point axis"], k: int) -> Int[np.ndarray, "point neighbour"]:
    if not 1 <= k < len(points):
        raise ValueError(f"k = {k} neighbours: between 1 and {len(points) - 1} others are there.")
    # without an argument a point is not its own neighbour
    return NearestNeighbors(n_neighbors=k).fit(points).kneighbors(return_distance=False)
