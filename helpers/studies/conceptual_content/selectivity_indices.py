"""Published indices of how selective a unit is for a class, on the responses to images that are alike in classes.

Gale et al. (2019) compare two of them, precision and class selectivity (there "CCMAS"), with others on AlexNet, and
find that they suggest more selectivity than there is.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.metrics.selectivity import auc
from helpers.studies.conceptual_content.along_layers import Layers, rank_correlations
from helpers.studies.conceptual_content.class_counts import class_counts
from helpers.studies.conceptual_content.facets import purity

Responses = Float[Tensor, "image unit"]
Labels = Int[Tensor, " image"]
TOP = 50  # strongest images of which the precision is taken


def class_means(responses: Responses, labels: Labels, *, classes: int) -> Float[Tensor, "class unit"]:
    """The mean response of each unit to the images of each class."""
    one_hot = torch.nn.functional.one_hot(labels.long(), classes).double()
    return (one_hot.T @ responses.double()) / one_hot.sum(dim=0)[:, None]


def all_auc(responses: Responses, labels: Labels, *, classes: int) -> Float[Tensor, "unit class"]:
    """The area under the ROC curve of every unit for every class against all others."""
    return auc(responses.float(), torch.nn.functional.one_hot(labels.long(), classes).bool())


def all_d_prime(responses: Responses, labels: Labels, *, classes: int) -> Float[Tensor, "unit class"]:
    """The mean of a class minus that of all others, over the root of their mean variance; 0 for a constant."""
    one_hot = torch.nn.functional.one_hot(labels.long(), classes).double()
    x, inside = responses.double(), one_hot.sum(dim=0)[:, None]
    sums, squares = one_hot.T @ x, one_hot.T @ x.square()
    others = len(x) - inside
    mean, rest = sums / inside, (x.sum(dim=0) - sums) / others
    variance = squares / inside - mean.square() + (x.square().sum(dim=0) - squares) / others - rest.square()
    return ((mean - rest) / (variance.clamp(min=0) / 2).sqrt()).nan_to_num(0, 0, 0).T


def indices(responses: Responses, labels: Labels, *, classes: int) -> dict[str, Float[Tensor, " unit"]]:
    """Five indices of each unit, by name; larger is more selective.

    precision: share of the commonest class among the 50 strongest images (Zhou et al. 2015).
    class selectivity: largest class mean minus the mean of the others, over their sum (Morcos et al. 2018).
    AUC (Hanley and McNeil 1982), d' (Green and Swets 1966): of the class with the largest, against all others.
    sparseness: of the class means (Vinje and Gallant 2000).
    """
    means = class_means(responses, labels, classes=classes)  # (class, unit)
    largest = means.amax(dim=0)
    rest = (means.sum(dim=0) - largest) / (classes - 1)
    activity = means.sum(dim=0).square() / (classes * means.square().sum(dim=0))
    strongest = responses.argsort(dim=0, descending=True, stable=True)[:TOP].T
    counts = class_counts(strongest, labels, classes=classes, top=min(TOP, len(responses)))
    return {
        "precision": purity(counts),
        "class selectivity": ((largest - rest) / (largest + rest)).nan_to_num(0),
        "AUC": all_auc(responses, labels, classes=classes).amax(dim=1),
        "d'": all_d_prime(responses, labels, classes=classes).amax(dim=1),
        "sparseness": ((1 - activity) / (1 - 1 / classes)).nan_to_num(0),
    }


def agreement(found: dict[str, Float[Tensor, " unit"]], layers: Layers) -> Float[np.ndarray, " layer"]:
    """The mean rank correlation of pairs of indices over the units of each layer."""
    pairs = [rank_correlations(found[a], found[b], layers) for a, b in combinations(found, 2)]
    return np.mean(pairs, axis=0)


def of_own_class(table: Float[Tensor, "unit class"], counts: Int[Tensor, "unit class"]) -> Float[Tensor, " unit"]:
    """The entry of each unit's commonest class; NaN for a unit without images."""
    own = table.gather(1, counts.argmax(dim=1, keepdim=True))[:, 0].double()
    return own.masked_fill(counts.sum(dim=1) == 0, torch.nan)
