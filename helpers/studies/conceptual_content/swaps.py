"""Patch swaps: how much of a unit's response comes from the middle of its patch, and from what surrounds it.

A patch is what a unit sees at its maximum in a strong image. It is pasted, whole or its middle alone, into other images
at its own place, and there the response is measured again. Only patches are taken that the border does not cut.

Around the middle of one patch may stand the rim of another one: of another strong image of the unit, of the same class
or of another, or of an image drawn at random.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from helpers.hooks.layer_table import Layer
from helpers.hooks.windows import Window

Picture = Float[Tensor, "3 height width"]  # from 0 to 1

SHARES = (0.25, 0.5, 0.75)  # of the side of a patch
HALF = 0.5
RANDOM, OTHER, SAME = "random image", "another class", "same class"  # where a rim comes from
MIDDLES = tuple(f"{source}, {share:.0%}" for source in ("own", "random") for share in SHARES)
RIMS = tuple(f"{middle} middle, rim of {rim}" for middle in ("own", "random") for rim in (RANDOM, OTHER, SAME))
CONDITIONS = ("whole", *MIDDLES, *RIMS)  # the order of what a stage keeps


class Place(NamedTuple):
    """An image of a unit's list with the window of its patch, uncut by the border."""

    image: int
    row: int
    column: int
    window: Window
    label: int


class Sources(NamedTuple):
    """Where the parts of a swap come from: the unit's own patch, those around it, and images drawn at random.

    same: a patch of the same class in another strong image; None if there is none.
    host: receives the patch; filling: gives random middles.
    """

    own: Place
    other: Place
    same: Place | None
    host: int
    filling: int


def uncut_places(
    layer: Layer, number: Int[Tensor, " rank"], position: Int[Tensor, "rank 2"], labels: Int[Tensor, " image"]
) -> list[Place]:
    """The images of a unit's list in which its patch lies inside the image, the strongest first.

    Empty for a layer whose receptive field is not known, not exact, or not smaller than the image.
    """
    field = layer.receptive_field
    if field is None or not field.exact:
        return []
    found = []
    for image, (row, column) in zip(number.tolist(), position.tolist(), strict=True):
        if image < 0:
            continue
        window = field.window(row, column)
        if (window.height, window.width) == field.size:
            found.append(Place(image, row, column, window, int(labels[image])))
    return found


def sources(
    places: list[Place], labels: Int[Tensor, " image"], *, count: int, random: torch.Generator
) -> list[Sources]:
    """The swaps of a unit, one for each of ``count`` of its places; fewer where there are no more.

    The strongest places come first whose class the list has another image of, then the others. Images drawn at random
    are of another class than the unit's own patch. A place without one of another class in the list gives no swap.
    """
    often = Counter(each.label for each in places)
    found = []
    for own in sorted(places, key=lambda each: often[each.label] == 1)[:count]:
        rest = [each for each in places if each.image != own.image]
        others = [each for each in rest if each.label != own.label]
        same = [each for each in rest if each.label == own.label]
        strangers = (labels != own.label).nonzero().flatten()
        if not others or len(strangers) < 2:
            continue
        host, filling = strangers[torch.randperm(len(strangers), generator=random)[:2]].tolist()
        found.append(Sources(own, _drawn(others, random), _drawn(same, random) if same else None, host, filling))
    return found


def middle(side: tuple[int, int], share: float) -> Bool[Tensor, "row column"]:
    """The pixels of the middle of a patch: a share of each side, at least one pixel."""
    inside = []
    for length in side:
        count = max(1, round(share * length))
        first = (length - count) // 2
        inside.append((torch.arange(length) >= first) & (torch.arange(length) < first + count))
    return inside[0][:, None] & inside[1]


def swapped(pictures: Mapping[int, Picture], swap: Sources) -> dict[str, Picture]:
    """The images of the conditions of a swap, by their names in ``CONDITIONS``.

    Rims are compared within a swap: without a patch of the same class, there is none of ``RIMS``.
    """
    own, host = swap.own, pictures[swap.host]
    at = own.window
    side = (at.height, at.width)
    patch, filling = (pictures[each][:, *at.slices] for each in (own.image, swap.filling))
    around, found = host[:, *at.slices], {"whole": patch}
    for name, inner in (("own", patch), ("random", filling)):
        for share in SHARES:
            found[f"{name}, {share:.0%}"] = torch.where(middle(side, share), inner, around)
        if swap.same is not None:
            strong = {OTHER: swap.other, SAME: swap.same}
            rims = {where: pictures[each.image][:, *each.window.slices] for where, each in strong.items()}
            for where, rim in ({RANDOM: around} | rims).items():
                found[f"{name} middle, rim of {where}"] = torch.where(middle(side, HALF), inner, rim)
    return {name: _pasted(host, each, at) for name, each in found.items()}


def _pasted(host: Picture, patch: Float[Tensor, "3 row column"], at: Window) -> Picture:
    image = host.clone()
    image[:, *at.slices] = patch
    return image


def _drawn(places: list[Place], random: torch.Generator) -> Place:
    return places[int(torch.randint(len(places), (1,), generator=random))]
