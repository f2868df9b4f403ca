"""How well a linear classifier tells classes apart, of the pixels or of a layer (probing, section 2)."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor

TEST = 1 / 3  # share of the images that are held back


def probe_accuracies(
    numbers: Float[Tensor, "image number"], label: Int[Tensor, " image"], *, draws: int, seed: int
) -> list[float]:
    """Share of held-back images that a linear classifier names rightly, for each draw of the held-back images.

    Every number is standardised on the training images; the classifier is ridge regression on the classes. The same
    seed holds back the same images, whatever the numbers are.
    """
    split = StratifiedShuffleSplit(draws, test_size=TEST, random_state=seed)
    x, y = np.asarray(numbers, dtype=np.float32), np.asarray(label)
    found = []
    for train, test in split.split(x, y):
        # as many numbers as the pixels of an image, and few images: a weak pull to 0 grows with their count
        classifier = make_pipeline(StandardScaler(), RidgeClassifier(alpha=float(x.shape[1])))
        found.append(float(classifier.fit(x[train], y[train]).score(x[test], y[test])))
    return found
