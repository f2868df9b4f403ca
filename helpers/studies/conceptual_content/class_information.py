"""What units say of classes: mutual information in bits (section 2.1), and classes taken together in superclasses."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float, Int, Shaped
from torch import Tensor

from helpers.randomness import generator
from helpers.studies.conceptual_content.along_layers import Layers, low_and_high
from helpers.studies.conceptual_content.class_counts import merged
from helpers.studies.conceptual_content.facets import MEASURES, entropy, multi_faceted_degree, purity
from helpers.studies.conceptual_content.limits import limits
from helpers.studies.conceptual_content.top_lists import TopLists


def mutual_information(counts: Shaped[Tensor, "*rest unit class"]) -> Float[Tensor, "*rest"]:
    """The entropy of the classes of all units' images, minus its mean within a unit.

    Units without images count nothing. From few images a unit it is above 0 by chance, so that only differences to a
    control mean something.
    """
    values = counts.double()
    total = values.sum(dim=-1, keepdim=True)
    shares = values / total
    answers = (total > 0).double()
    mean = shares.nan_to_num().sum(dim=-2) / answers.sum(dim=-2)
    within = entropy(values).nan_to_num().sum(dim=-1) / answers.squeeze(-1).sum(dim=-1)
    return entropy(mean) - within


def mean_information(counts: Shaped[Tensor, "part unit class"], layers: Layers) -> Float[Tensor, " part"]:
    """The mean over the layers of the mutual information of units and classes, in each part."""
    return torch.stack([mutual_information(counts[:, where]) for where in layers.values()]).mean(dim=0)


def above_permuted(lists: TopLists, *, seed: int) -> tuple[Float[Tensor, " part"], Float[Tensor, " part"]]:
    """The information minus that with permuted labels, and the difference of two permutations.

    Units of a layer share images, also where labels are permuted, so class-blind rows would be another control.
    """
    permuted = [
        mean_information(lists.permuted(generator(seed, f"labels {draw}")).counts(), lists.layers) for draw in range(2)
    ]
    return mean_information(lists.counts(), lists.layers) - permuted[0], permuted[0] - permuted[1]


def share_of_one_superclass(
    counts: Int[Tensor, "part unit class"], groups: Int[Tensor, " class"], layers: Layers
) -> Float[Tensor, " part"]:
    """Of the units of high layers above the mean degree of these layers: those with half of their images or more in one
    superclass."""
    _, high = low_and_high(layers)
    own = counts[:, high]
    degree = multi_faceted_degree(own)
    many = (degree > degree.nanmean(dim=1, keepdim=True)).double()
    one = (purity(merged(own, groups)) >= 0.5).double()
    return (many * one).sum(dim=1) / many.sum(dim=1)


def within_limits(lists: TopLists) -> Bool[Tensor, " unit"]:
    """Whether every measure of each unit lies between the ends that the classes of the images set, in every part.

    Units that respond to fewer images than the lists are long have other limits, and are left out.
    """
    found = []
    for part, counts in enumerate(lists.counts()):
        full = counts[counts.sum(dim=-1) == lists.top]
        ends = limits(lists.sizes(part), top=lists.top)
        inside = [
            (measure(full) >= ends[name].least - 1e-9) & (measure(full) <= ends[name].greatest + 1e-9)
            for name, measure in MEASURES.items()
        ]
        found.append(torch.stack(inside).all(dim=0))
    return torch.cat(found)
