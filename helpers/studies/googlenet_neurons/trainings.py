"""Whether a number of a layer differs less between two trainings of a network than between layers of one training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Values = dict[str, list[float]]


def compared(study: Sequence[float], ours: Sequence[float]) -> tuple[Values, Values]:
    """For each layer "trainings", how far both trainings differ, and "layers", how far it differs from other layers.

    study, ours: a number for each layer, two layers at least. "layers" is the mean absolute difference to each other
    layer of the same training, averaged over both trainings. Second, as the floor: the same with the study's number of
    each layer beside ours of all other layers.
    """
    a, b = np.asarray(study, float), np.asarray(ours, float)
    among = (np.abs(a[:, None] - a) + np.abs(b[:, None] - b)) / 2  # (layer, layer)
    across = np.abs(a[:, None] - b)
    layers = _of_others(among)
    return (
        {"trainings": across.diagonal().tolist(), "layers": layers},
        {"trainings": _of_others(across), "layers": layers},
    )


def _of_others(pairs: np.ndarray) -> list[float]:
    """The mean of each row without its own column."""
    return ((pairs.sum(axis=1) - pairs.diagonal()) / (len(pairs) - 1)).tolist()
