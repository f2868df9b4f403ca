"""What classes of unequal sizes do to the counts of a unit's strongest images (section 2.1).

The study takes all images of ImageNet, whose classes have 732 to 1,300, and ranks them whatever their class. Here some
images of each class are left out at random. The lists of what is left follow from longer lists of all images.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from helpers.errors import BadInput
from helpers.randomness import generator
from helpers.studies.conceptual_content.facets import effective_classes
from helpers.studies.conceptual_content.top_lists import TopLists, in_parts

LEAST = 732 / 1300  # of its images that a class keeps: the smallest class of ImageNet over the largest


class SizesError(BadInput):
    """Classes whose sizes cannot be made unequal."""


@dataclass(frozen=True, kw_only=True)
class Effects:
    """slope: of the change of a class's mean count on the change of its size, both as logarithms; mean over the draws.

    difference: of the mean effective number of classes over all units from that with equal classes, relative to it.
    """

    slope: Float[Tensor, " layer"]
    difference: Float[Tensor, " draw"]


def of_unequal_classes(long: TopLists, *, top: int, draws: int, seed: int) -> Effects:
    """Counts of the ``top`` strongest of unequal classes, beside those of as many images in equal classes.

    long: lists of all images as one part, long enough for ``top`` of those that are kept.

    Raises SizesError for classes of so few images that all would keep as many.
    """
    random, slopes, differences = generator(seed, "unequal classes"), [], []
    for _ in range(draws):
        shares = LEAST + (1 - LEAST) * torch.rand(long.classes, generator=random)
        unequal = kept(long.labels, shares, generator=random)
        equal = kept(long.labels, torch.full_like(shares, float(unequal.double().mean())), generator=random)
        sizes = [torch.bincount(long.labels[mask], minlength=long.classes).double() for mask in (unequal, equal)]
        change = (sizes[0] / sizes[1]).log()
        if bool((change == change[0]).all()):
            raise SizesError(
                f"Classes of {int(sizes[0].max())} images are too small to be made unequal; more images are needed."
            )
        counts = [in_parts(long, torch.where(mask, 0, -1), top=top).counts()[0] for mask in (unequal, equal)]
        slopes.append(_slopes(counts[0], counts[1], change, long))
        classes = [effective_classes(each).nanmean() for each in counts]
        differences.append((classes[0] - classes[1]).abs() / classes[1])
    return Effects(slope=torch.stack(slopes).mean(dim=0), difference=torch.stack(differences))


def kept(
    labels: Int[Tensor, " image"], shares: Float[Tensor, " class"], *, generator: torch.Generator
) -> Bool[Tensor, " image"]:
    """Which images are kept: of each class its share, rounded, one image at least, chosen at random."""
    order = torch.randperm(len(labels), generator=generator)
    by_class = order[labels[order].argsort(stable=True)]  # the images of a class together, in random order
    sizes = torch.bincount(labels, minlength=len(shares))
    first = sizes.cumsum(0) - sizes
    rank = torch.empty_like(labels)
    rank[by_class] = torch.arange(len(labels)) - first[labels[by_class]]
    return rank < (shares * sizes).round().clamp(min=1)[labels]


def _slopes(
    unequal: Int[Tensor, "unit class"],
    equal: Int[Tensor, "unit class"],
    change: Float[Tensor, " class"],
    long: TopLists,
) -> Float[Tensor, " layer"]:
    """In each layer, the slope of the least squares line through the classes that occur in both."""
    found = []
    for where in long.layers.values():
        means = [each[where].double().mean(dim=0) for each in (unequal, equal)]
        both = (means[0] > 0) & (means[1] > 0)
        x, y = change[both] - change[both].mean(), (means[0][both] / means[1][both]).log()
        found.append((x * y).sum() / x.square().sum())
    return torch.stack(found)
