"""The CoF matrix: how many of a unit's strongest images belong to each class (conceptual content, section 2.1)."""

from __future__ import annotations

import torch
from jaxtyping import Int
from torch import Tensor

from helpers.errors import BadInput


class CountsError(BadInput):
    """Top images or labels of which no counts can be made."""


def class_counts(
    top_images: Int[Tensor, "*rest unit place"], labels: Int[Tensor, " image"], *, classes: int, top: int
) -> Int[Tensor, "*rest unit class"]:
    """How many of each unit's ``top`` strongest images belong to each class.

    top_images: numbers of the images that excite a unit most, the strongest first. Where a unit answers fewer images,
    -1 fills the places that are left; these count nothing.
    labels: the class of every image.
    classes: the number of classes.
    top: how many of the places count.

    Raises CountsError if the lists have fewer places than ``top``, and for labels as in :func:`class_sizes`.
    """
    class_sizes(labels, classes=classes, top=top)
    places = top_images.shape[-1]
    if not 1 <= top <= places:
        raise CountsError(f"top = {top} images of a unit cannot be counted: the lists have {places} places.")
    chosen = top_images[..., :top].long()
    counts = torch.zeros(*chosen.shape[:-1], classes + 1, dtype=torch.long, device=chosen.device)
    of_class = torch.where(chosen >= 0, labels.to(chosen.device).long()[chosen.clamp(min=0)], classes)
    return counts.scatter_add_(-1, of_class, torch.ones_like(of_class))[..., :classes]


def class_sizes(labels: Int[Tensor, " image"], *, classes: int, top: int) -> Int[Tensor, " class"]:
    """The number of images of each class.

    Raises CountsError for fewer images than ``top``, fewer than two classes, a label that is none of the classes, and a
    class without images.
    """
    if classes < 2:
        raise CountsError(
            f"There {'is one class' if classes == 1 else 'are no classes'}; two at least can be compared."
        )
    if len(labels) < top:
        raise CountsError(f"There are {len(labels)} images, fewer than the {top} strongest ones that are asked for.")
    if not 0 <= int(labels.min()) <= int(labels.max()) < classes:
        raise CountsError(
            f"The labels go from {int(labels.min())} to {int(labels.max())}; there are {classes} classes."
        )
    sizes = torch.bincount(labels.long(), minlength=classes)
    empty = (sizes == 0).nonzero().flatten().tolist()
    if empty:
        raise CountsError(f"{len(empty)} of {classes} classes have no image; the first is class {empty[0]}.")
    return sizes


def merged(counts: Int[Tensor, "*rest class"], groups: Int[Tensor, " class"]) -> Int[Tensor, "*rest group"]:
    """The counts of groups of classes, such as superclasses; ``groups`` has the group of each class, from 0 on."""
    summed = torch.zeros(*counts.shape[:-1], int(groups.max()) + 1, dtype=counts.dtype, device=counts.device)
    return summed.index_add_(-1, groups.to(counts.device), counts)
