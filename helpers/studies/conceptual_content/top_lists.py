"""The strongest images of all units, of all images and of each part of them, and the counts of their classes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.hooks.reducers.pass_tensors import PassTensors, from_stage
from helpers.hooks.reducers.unit_statistics import UnitStatistics
from helpers.studies.conceptual_content.class_counts import class_counts, class_sizes
from helpers.studies.conceptual_content.subject import Subject

TOP = 100  # strongest images of a unit: the study's number


@dataclass(frozen=True, kw_only=True)
class TopLists:
    """Lists of images by part and unit, the strongest first; -1 where a unit does not respond to any further image.

    layers: where the units of each layer lie among all units.
    position: of the largest activation in the unit's map, a row and a column.
    labels: the class of every image, from 0 on.
    part_of: the part that each image belongs to.
    """

    layers: dict[str, slice]
    number: Int[Tensor, "part unit place"]
    position: Int[Tensor, "part unit place 2"]
    labels: Int[Tensor, " image"]
    part_of: Int[Tensor, " image"]
    classes: int

    @property
    def top(self) -> int:
        return self.number.shape[-1]

    def sizes(self, part: int) -> Int[Tensor, " class"]:
        """The number of images of each class in a part."""
        return class_sizes(self.labels[self.part_of == part], classes=self.classes, top=self.top)

    def counts(self, *, top: int | None = None) -> Int[Tensor, "part unit class"]:
        """The CoF matrix of every part: of the ``top`` strongest images, by default of all in the lists."""
        return class_counts(self.number, self.labels, classes=self.classes, top=top or self.top)

    def first(self, top: int) -> TopLists:
        """The same lists with no more than ``top`` images."""
        return replace(self, number=self.number[..., :top], position=self.position[..., :top, :])

    def permuted(self, generator: torch.Generator) -> TopLists:
        """The same lists with the labels permuted over the images of each part."""
        labels = self.labels.clone()
        for part in range(int(self.part_of.max()) + 1):
            inside = (self.part_of == part).nonzero().flatten()
            labels[inside] = labels[inside[torch.randperm(len(inside), generator=generator)]]
        return replace(self, labels=labels)


def whole(seen: Subject, kept: PassTensors) -> TopLists:
    """The lists that a stage keeps, of all images as one part: 100 images, or as many as there are in shorter lists."""
    return _all(seen, kept).first(TOP)


def by_part(seen: Subject, kept: PassTensors) -> TopLists:
    """The lists of each part of the images: half of what a part has on average in the lists that a stage keeps.

    With 500 images in the lists and five parts these are 50, six standard deviations below the average.
    """
    long = _all(seen, kept)
    top = max(1, long.top // 2 // seen.parts) if seen.parts > 1 else long.top
    return in_parts(long, seen.part_of, top=min(TOP, top))


def in_parts(long: TopLists, part_of: Int[Tensor, " image"], *, top: int) -> TopLists:
    """The lists of each part, from those of all images.

    The strongest images of a part stand in the lists of all images, in the same order. Where fewer than ``top`` stand
    there, no others are known.
    """
    number, position = long.number[0], long.position[0]
    of_part = torch.where(number >= 0, part_of[number.clamp(min=0)], -1)  # (unit, place)
    numbers, positions = [], []
    for part in range(int(part_of.max()) + 1):
        order = (of_part != part).to(torch.uint8).argsort(dim=-1, stable=True)[:, :top]  # its own first
        inside = of_part.gather(-1, order) == part
        numbers.append(number.gather(-1, order).masked_fill(~inside, -1))
        positions.append(position.gather(1, order[..., None].expand(-1, -1, 2)))
    return replace(long, number=torch.stack(numbers), position=torch.stack(positions), part_of=part_of)


def of_statistics(found: UnitStatistics, labels: Int[Tensor, " image"], *, classes: int) -> TopLists:
    """All that a pass keeps, as one part; what does not excite a unit is no image of it."""
    layers = found.about.units
    ranked = [found.of("strongest", layer).found() for layer in layers]
    value: Float[Tensor, "unit place"] = torch.cat([each.value for each in ranked])
    number = torch.cat([each.number for each in ranked]).masked_fill(value <= 0, -1)
    position = torch.cat([each.position for each in ranked])
    part_of = torch.zeros_like(labels)
    return TopLists(
        layers=layers, number=number[None], position=position[None], labels=labels, part_of=part_of, classes=classes
    )


def _all(seen: Subject, kept: PassTensors) -> TopLists:
    return of_statistics(from_stage(kept, name=seen.key), seen.images.labels, classes=seen.classes)
