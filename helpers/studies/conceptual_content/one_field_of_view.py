"""The same images whole and cut to their middle, where all deeper layers have one field of view.

Depth and field of view grow together in a network. In an image that is smaller than a layer's field, the layer sees the
image and the zeros around it, and so do all deeper layers: what still changes with depth is not the field's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from helpers.hooks.reducers.pass_tensors import PassTensors, from_stage
from helpers.studies.conceptual_content.passes import MIDDLE, image_sets, middle_of
from helpers.studies.conceptual_content.subject import Subject, deal
from helpers.studies.conceptual_content.top_lists import TopLists, in_parts, of_statistics

TOP = 20  # strongest images of a part: fewer than the lists of all images have of these


@dataclass(frozen=True, kw_only=True)
class CutAndWhole:
    """Lists of the same images, in the same parts; ``layers`` are those whose field of view covers the middle."""

    cut: TopLists
    whole: TopLists
    layers: dict[str, slice]


def cut_and_whole(
    seen: Subject, kept: Mapping[str, PassTensors], *, images: str, scale: str, seed: int
) -> CutAndWhole | None:
    """The lists of what the stage saw of the middle of images; None where it saw none.

    images, scale, seed: the page's parameters.
    """
    middle = middle_of(image_sets(images, scale, seen.loaded)[seen.key], scale, seen.loaded, list(seen.units))
    if middle is None:
        return None
    opened = middle.open(seed)
    part_of = deal(opened.labels, parts=seen.parts)
    place = {name: k for k, name in enumerate(seen.images.names)}
    part_of_all = torch.full_like(seen.part_of, -1)
    part_of_all[[place[name] for name in opened.names]] = part_of
    cut = of_statistics(from_stage(kept["middle"], name="middle"), opened.labels, classes=seen.classes)
    whole = of_statistics(from_stage(kept[seen.key], name=seen.key), seen.images.labels, classes=seen.classes)
    covering = {
        layer.name
        for layer in seen.layers
        if layer.receptive_field is None or min(layer.receptive_field.size) >= MIDDLE
    }
    return CutAndWhole(
        cut=in_parts(cut, part_of, top=min(TOP, cut.top)),
        whole=in_parts(whole, part_of_all, top=min(TOP, whole.top)),
        layers={name: where for name, where in cut.layers.items() if name in covering},
    )
