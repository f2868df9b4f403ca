"""What the study's pages write to the table of units (:mod:`helpers.pages.unit_table`): the columns, and their values.

Lists of strongest images are those of all images together, 100 at most, of which a unit counts those that excite it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from jaxtyping import Float, Shaped
from torch import Tensor

from helpers.models.googlenet import GoogLeNet, in_identities
from helpers.pages import unit_table
from helpers.pages.unit_table import Column
from helpers.studies.conceptual_content import facets
from helpers.studies.conceptual_content.along_layers import Layers
from helpers.studies.conceptual_content.chance import Chance
from helpers.studies.conceptual_content.significance import p_by_normal_fit, p_by_rank, within_layers
from helpers.studies.conceptual_content.subject import Subject
from helpers.studies.conceptual_content.unit_similarity import correlations, distances

Counts = Shaped[Tensor, "unit class"]
Values = Mapping[str, object]

_SILENT = "no image excites the unit"
_EVEN = "all classes have equally many images"
_FEW = "the unit is silent, its degree is infinite, or fewer than three units of its layer have one"
_P = "share of the units of the layer with a degree as {side} or {side}er"
_FIT = "probability of a degree as {side} or {side}er by a normal distribution fitted to the layer's other units"
_INDEX = "on all images of the first part of the set, {what}"

COLUMNS = {
    "responding_images": Column(meaning="images of the set with a response above 0", unit="images"),
    "effective_classes": Column(
        meaning="two to the power of the entropy of the strongest images' classes",
        unit="classes",
        missing=_SILENT,
    ),
    "purity": Column(meaning="share of the commonest class among the strongest images", missing=_SILENT),
    "purest_class": Column(meaning="the commonest class among the strongest images", missing=_SILENT),
    "gini": Column(meaning="Gini index of the counts of the classes, the study's sparsity", missing=_SILENT),
    "flatness": Column(meaning="flatness by equation 1 with N the number of classes; -1 for a silent unit"),
    "flatness_as_printed": Column(
        meaning="flatness with N the number of units of the layer, as the study prints it; -1 for a silent unit",
        infinite="the layer has one unit",
    ),
    "mf_degree": Column(
        meaning="multi-faceted degree by equation 2: flatness over Gini index", missing=_SILENT, infinite=_EVEN
    ),
    "p_rank_high": Column(meaning=_P.format(side="high"), missing=_FEW),
    "p_rank_low": Column(meaning=_P.format(side="low"), missing=_FEW),
    "p_normal_high": Column(meaning=_FIT.format(side="high"), missing=_FEW),
    "p_normal_low": Column(meaning=_FIT.format(side="low"), missing=_FEW),
    "z_effective_classes": Column(
        meaning="effective classes minus their mean over class-blind draws, over the draws' standard deviation",
        unit="standard deviations",
        missing="the unit is silent, or all draws are alike",
    ),
    "mean_similarity": Column(
        meaning="mean correlation of the unit's counts with those of the other units of its layer",
        missing="the unit is silent or its counts are all equal, or no other unit's are otherwise",
    ),
    "mean_distance": Column(
        meaning="mean Euclidean distance of the unit's counts to those of the other units of its layer",
        unit="images",
        missing="the layer has no other unit",
    ),
    "auc_own_class": Column(
        meaning="area under the ROC curve for the commonest class among the strongest images, on other images",
        missing=_SILENT,
    ),
    "d_prime_own_class": Column(meaning="d' for the same class, on the same images", missing=_SILENT),
    "precision": Column(meaning=_INDEX.format(what="share of the commonest class among the 50 strongest")),
    "class_selectivity": Column(
        meaning=_INDEX.format(what="largest class mean minus the mean of the others, over their sum")
    ),
    "auc_best_class": Column(meaning=_INDEX.format(what="largest area under the ROC curve of all classes")),
    "d_prime_best_class": Column(meaning=_INDEX.format(what="largest d' of all classes")),
    "sparseness": Column(meaning=_INDEX.format(what="sparseness of the class means")),
}


def identities(seen: Subject) -> dict[str, list[Any]]:
    """Who the units are, of all layers that a page looks at."""
    inception = isinstance(seen.loaded.network, GoogLeNet)
    called = [in_identities(name) if inception else name for name in seen.names]
    sizes = [layer.units for layer in seen.layers]
    return unit_table.identities(seen.loaded.name, dict(zip(called, sizes, strict=True)))


def of_classes(counts: Counts, responding: Shaped[Tensor, " unit"], class_names: Sequence[str]) -> Values:
    """What the classes of the strongest images say; ``responding`` has the number of images that excite each unit."""
    silent = counts.sum(dim=1) == 0
    common = counts.argmax(dim=1).tolist()
    return {
        "responding_images": responding,
        "effective_classes": facets.effective_classes(counts),
        "purity": facets.purity(counts),
        "purest_class": [None if none else class_names[k] for k, none in zip(common, silent.tolist(), strict=True)],
    }


def of_facets(counts: Counts, layers: Layers, blind: Chance) -> Values:
    """The study's measures, p-values within the layers, and the z-score; ``blind``: classes of class-blind draws."""
    degree = facets.multi_faceted_degree(counts)
    printed = [facets.flatness(counts[where], n=where.stop - where.start) for where in layers.values()]
    tests = {
        f"p_{name}_{side}": within_layers(p, degree, layers, side=side)
        for name, p in (("rank", p_by_rank), ("normal", p_by_normal_fit))
        for side in ("high", "low")
    }
    return {
        "gini": facets.gini(counts),
        "flatness": facets.flatness(counts),
        "flatness_as_printed": torch.cat(printed),
        "mf_degree": degree,
        **tests,
        "z_effective_classes": blind.z_scores(facets.effective_classes(counts)),
    }


def of_similarity(counts: Counts, layers: Layers) -> Values:
    """How alike a unit is to the other units of its layer, on average."""
    rows = [counts[where] for where in layers.values()]
    return {
        "mean_similarity": torch.cat([_mean_of_others(correlations(each)) for each in rows]),
        "mean_distance": torch.cat([_mean_of_others(distances(each)) for each in rows]),
    }


def of_selectivity(own: Mapping[str, Tensor], indices: Mapping[str, Tensor]) -> Values:
    """AUC and d' of the unit's own class, and the five indices, by the names that the page has for them."""
    names = {"precision": "precision", "class selectivity": "class_selectivity", "AUC": "auc_best_class"}
    names |= {"d'": "d_prime_best_class", "sparseness": "sparseness"}
    of_class = {"auc_own_class": own["AUC"], "d_prime_own_class": own["d'"]}
    return of_class | {column: indices[name] for name, column in names.items()}


def _mean_of_others(matrix: Float[Tensor, "unit unit"]) -> Float[Tensor, " unit"]:
    return matrix.clone().fill_diagonal_(torch.nan).nanmean(dim=1)
