"""What an image set allows: the least and the greatest value of each measure of a row of the CoF matrix."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Int
from torch import Tensor

from helpers.studies.conceptual_content.class_counts import CountsError
from helpers.studies.conceptual_content.facets import MEASURES


class Limits(NamedTuple):
    """The least and the greatest value that a measure can have."""

    least: float
    greatest: float


def fewest_classes(sizes: Int[Tensor, " class"], *, top: int) -> Int[Tensor, " class"]:
    """The row that spreads over as few classes as can be: all images of the largest class, then of the next."""
    _check(sizes, top)
    ordered = sizes.long().sort(descending=True).values
    before = ordered.cumsum(0) - ordered
    return (top - before).clamp(min=0).minimum(ordered)


def most_even(sizes: Int[Tensor, " class"], *, top: int) -> Int[Tensor, " class"]:
    """The row that spreads as evenly as can be: one image of every class that has one left, and again."""
    _check(sizes, top)
    counts = torch.zeros_like(sizes, dtype=torch.long)
    while (left := top - int(counts.sum())) > 0:
        open_ones = (counts < sizes).nonzero().flatten()
        counts[open_ones[:left]] += 1
    return counts


def limits(sizes: Int[Tensor, " class"], *, top: int) -> dict[str, Limits]:
    """The limits of every measure, and of the number of classes in a row.

    sizes: the number of images of each class of the set.
    top: the number of strongest images of a unit.

    Every measure is Schur-convex or Schur-concave in the counts, so its ends lie at these two rows.
    Raises CountsError if the set has fewer images than ``top``.
    """
    rows = torch.stack([fewest_classes(sizes, top=top), most_even(sizes, top=top)])
    values = {name: measure(rows) for name, measure in MEASURES.items()}
    values["classes"] = (rows > 0).sum(dim=-1)
    return {name: Limits(*sorted(pair.tolist())) for name, pair in values.items()}


def _check(sizes: Int[Tensor, " class"], top: int) -> None:
    if int(sizes.sum()) < top:
        raise CountsError(f"There are {int(sizes.sum())} images, fewer than the {top} strongest ones asked for.")
