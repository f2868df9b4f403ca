"""What the study's sentences on sparsity, flatness and degree are judged by (section 2.3), by the ids of the claims.

The same functions take true and permuted labels, so that what a claim is compared with is computed as it is itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.randomness import generator
from helpers.studies.conceptual_content.along_layers import (
    Layers,
    by_depth,
    cramers_v,
    expected_lowest,
    layer_means,
    low_and_high,
    rank_correlations,
)
from helpers.studies.conceptual_content.chance import Chance, chance, class_blind_counts
from helpers.studies.conceptual_content.facets import (
    effective_classes,
    flatness,
    gini,
    multi_faceted_degree,
    purity,
)
from helpers.studies.conceptual_content.significance import p_by_normal_fit, shapiro_wilk, skewness
from helpers.studies.conceptual_content.top_lists import TopLists

FEW = 10  # strongest images in which half of one class make a concept neuron
EQUAL = 64  # units that every layer gives where extremes are compared
SIGNIFICANT = 0.05  # the study's cut-off
NAMED_PAIRS = {  # layer -> single- and multi-faceted unit of figure 4
    "relu4_1": (7, 291),
    "relu4_2": (0, 67),
    "relu4_3": (53, 297),
    "relu5_1": (185, 28),
    "relu5_2": (58, 215),
}
NAMED = {"relu1_1": 16, "relu1_2": 29, "relu2_1": 91, "relu2_2": 85}  # layer -> unit of table 3


def blind(lists: TopLists, *, draws: int, seed: int, top: int | None = None) -> dict[str, Chance]:
    """What class-blind draws of ``top`` images from the first part give; the parts are alike in classes."""
    random = generator(seed, "class-blind")
    counts = class_blind_counts(lists.sizes(0), top=top or lists.top, draws=draws, generator=random)
    measures = {"MF": multi_faceted_degree, "classes": effective_classes, "flatness": flatness, "Gini": gini}
    return {name: chance(measure, counts) for name, measure in measures.items()}


def concept_units(lists: TopLists) -> Float[Tensor, "part unit"]:
    """1 for units of whose ten strongest images half or more are of one class, else 0."""
    return (purity(lists.counts(top=min(FEW, lists.top))) >= 0.5).double()


def share_in_high_layers(lists: TopLists) -> Float[Tensor, " part"]:
    """The share of the units of high layers that are concept units."""
    _, high = low_and_high(lists.layers)
    return concept_units(lists)[:, high].mean(dim=1)


def by_part(lists: TopLists, by_chance: dict[str, Chance]) -> dict[str, object]:
    """Values over parts of the images, by the claim's id; trends have one list for each depth."""
    counts, layers = lists.counts(), lists.layers
    low, _ = low_and_high(layers)
    classes, degree = effective_classes(counts), multi_faceted_degree(counts)
    concept = concept_units(lists)
    many = (classes > by_chance["classes"].high).double()
    below = (degree < degree.nanmean(dim=1, keepdim=True)).double()
    return {
        "abstract.trend": by_depth(layer_means(classes, layers)),
        "abstract.majority": share_in_high_layers(lists),
        "abstract.lower": (classes >= by_chance["classes"].low)[:, low].double().mean(dim=1),
        "beyond.fewer-than-blind": by_chance["classes"].z_scores(classes)[:, low].nanmean(dim=1),
        "fig-1.sparsity": by_depth(layer_means(gini(counts), layers)),
        "fig-1.flatness": by_depth(layer_means(flatness(counts), layers)),
        "fig-2.lower-higher": by_depth(layer_means(degree, layers)),
        "fig-2.many-high": (degree >= 0.9 * by_chance["MF"].mean).double().mean(dim=1),
        "fig-2.not-significant": by_chance["MF"].share_above(degree),
        "sec-2-3.concept": by_depth(layer_means(concept, layers)),
        "sec-2-3.cut-off": _share_of_significant(degree, many, layers),
        "sec-2-3.rare": many[:, low].mean(dim=1),
        "beyond.below-the-mean": (below * concept).sum(dim=1) / below.sum(dim=1),
        "fig-3.single-grow": by_depth(layer_means(below, layers)),
        **extremes(degree, layers),
        "sec-3.unequal": cramers_v(below, layers),
        **named_units(degree, layers),
    }


def by_permuted_labels(
    lists: TopLists, by_chance: dict[str, Chance], *, permutations: int, seed: int
) -> dict[str, object]:
    """The same values with the labels permuted, several times: one for each permutation and part.

    The layers of a network hardly differ then, so that one permutation says little of a trend without any cause.
    """
    random = generator(seed, "labels permuted")
    found = [by_part(lists.permuted(random), by_chance) for _ in range(permutations)]
    return {claim_id: _joined([each[claim_id] for each in found]) for claim_id in found[0]}


def _joined(values: Sequence[Any]) -> object:
    """The lists of several measurements as one; under each name where they have names."""
    if isinstance(values[0], Mapping):
        return {name: [x for each in values for x in each[name]] for name in values[0]}
    return np.concatenate([np.asarray(each) for each in values])


def extremes(degree: Float[Tensor, "part unit"], layers: Layers) -> dict[str, object]:
    """The lowest and the highest degree that 64 units of a layer have, expected over the choice of the units."""
    filled = degree.nan_to_num(nan=float(degree[~degree.isnan()].mean()))
    lowest = {
        str(k): expected_lowest(filled[:, where], units=EQUAL).tolist() for k, where in enumerate(layers.values(), 1)
    }
    highest = torch.stack([-expected_lowest(-filled[:, where], units=EQUAL) for where in layers.values()])
    spread = (highest.amax(dim=0) - highest.amin(dim=0)) / highest.mean(dim=0)
    return {"fig-3.lowest": lowest, "fig-3.highest": spread}


def named_units(degree: Float[Tensor, "part unit"], layers: Layers) -> dict[str, object]:
    """For the units of table 3: the share of their layer's units with a higher degree, in each part."""
    found: dict[str, object] = {}
    for layer, unit in NAMED.items():
        if layer in layers:
            own = degree[:, layers[layer]]
            name = f"table-3.{layer.replace('relu', 'conv').replace('_', '-')}-{unit}"
            found[name] = (own > own[:, [unit]]).double().mean(dim=1)
    return found


def by_layer(lists: TopLists) -> dict[str, object]:
    """Values over layers, on all images together, by the claim's id."""
    counts, layers = lists.counts()[0], lists.layers
    sparse, flat, degree = gini(counts), flatness(counts), multi_faceted_degree(counts)
    answers = {name: degree[where][~degree[where].isnan()] for name, where in layers.items()}
    high, low = (
        [int((p_by_normal_fit(own, side=side) < SIGNIFICANT).sum()) for own in answers.values()]
        for side in ("high", "low")
    )
    return {
        "sec-2-3.directions": rank_correlations(sparse, flat, layers),
        "beyond.ratio-adds-nothing": rank_correlations(degree, flat, layers),
        "fig-1.normal": [
            float(min(float(shapiro_wilk(x[where][~sparse[where].isnan()])) for x in (sparse, flat)) >= SIGNIFICANT)
            for where in layers.values()
        ],
        "sec-2-3.asymmetry": [float(a < b) for a, b in zip(high, low, strict=True)],
        "beyond.skewed": [float(skewness(own)) for own in answers.values()],
        "control.layer-means": [float((own < own.mean()).double().mean()) for own in answers.values()],
        "control.silent": [float(degree[where].isnan().double().mean()) for where in layers.values()],
        "sec-2-3.exhaustive": [
            float(int((own > own.mean()).sum() + (own < own.mean()).sum()) == where.stop - where.start)
            for own, where in zip(answers.values(), layers.values(), strict=True)
        ],
    }


def pairs_of_figure_4(lists: TopLists) -> list[float]:
    """For each pair of units of figure 4, whether the single-faceted one has the lower degree, on all images."""
    degree = multi_faceted_degree(lists.counts()[0])
    own = {layer: degree[lists.layers[layer]] for layer in NAMED_PAIRS}
    return [float(own[layer][single] < own[layer][multi]) for layer, (single, multi) in NAMED_PAIRS.items()]


def printed_n(lists: TopLists, *, draws: int, seed: int) -> dict[str, list[float]]:
    """The flatness of class-blind draws with N the number of units, by depth: one value per draw of the images."""
    counts = class_blind_counts(lists.sizes(0), top=lists.top, draws=draws, generator=generator(seed, "printed N"))
    units = [where.stop - where.start for where in lists.layers.values()]
    return {str(depth): flatness(counts, n=n).tolist() for depth, n in enumerate(units, 1)}


def blind_of_imagenet(*, draws: int, seed: int) -> np.ndarray:
    """The degree of class-blind draws of 100 images from 1,000 classes with 1,300 images each."""
    sizes = torch.full((1000,), 1300)
    return multi_faceted_degree(
        class_blind_counts(sizes, top=100, draws=draws, generator=generator(seed, "ImageNet"))
    ).numpy()


def _share_of_significant(
    degree: Float[Tensor, "part unit"], many: Float[Tensor, "part unit"], layers: Layers
) -> list[float]:
    """Of the units that stand out in their layer at the upper end, those with more classes than chance; by part."""
    shares = []
    for own, also in zip(degree, many, strict=True):
        found: list[Int[Tensor, " unit"]] = []
        for where in layers.values():
            known = ~own[where].isnan()
            found.append(also[where][known][p_by_normal_fit(own[where][known]) < SIGNIFICANT])
        together = torch.cat(found)
        shares.append(float(together.mean()) if len(together) else 0.0)
    return shares
