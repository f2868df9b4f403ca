"""Where an optimised image has its pattern: the energy of its edges in a strip along a side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from helpers.metrics.images import luminance
from helpers.studies.googlenet_neurons.border_lines import SIDES
from helpers.studies.googlenet_neurons.border_units import Borders
from helpers.studies.googlenet_neurons.optimising import Optimised
from helpers.studies.googlenet_neurons.stages.border_images import AGAIN, FREE, STUDYS

Images = Mapping[int, Float[Tensor, "3 _ _"]]
Pairs = tuple[Int[Tensor, " pair"], Int[Tensor, " pair"]]

_STRIP = 8  # of so many equal strips of an image, the outermost one
OPPOSITE = torch.tensor([1, 0, 3, 2])  # of each side, in the order of SIDES


def strip_energies(images: Float[Tensor, "image 3 row column"]) -> Float[Tensor, "image side"]:
    """The mean energy of the edges in the outermost eighth at each side, over that of the whole image.

    The energy is the sum of the squared differences of luminance to the next point below and to the right; an image
    without edges has 1 everywhere.
    """
    light = luminance(images)
    down, across = light.diff(dim=1)[:, :, :-1], light.diff(dim=2)[:, :-1]
    energy = down.square() + across.square()  # (image, row, column)
    rows, columns = (max(1, side // _STRIP) for side in energy.shape[1:])
    strips = {"top": energy[:, :rows], "bottom": energy[:, -rows:]}
    strips |= {"left": energy[:, :, :columns], "right": energy[:, :, -columns:]}
    whole = energy.mean(dim=(1, 2))
    found = torch.stack([strips[side].mean(dim=(1, 2)) for side in SIDES], dim=1)
    return torch.where(whole[:, None] > 0, found / whole.clamp(min=1e-30)[:, None], 1.0)


def images_of(borders: Borders, made: Mapping[str, Optimised], way: str, start: int = 0) -> Images:
    """The image of each unit that has one, for its maximum, from 0 to 1; by the unit's place among all.

    made: of the stages ``border_images`` and ``border_starts``, by key. way: with which the keys begin.
    """
    found = {}
    for branch, place in zip(borders.branches, borders.places.values(), strict=True):
        own = made.get(f"{way}_{branch.block}")
        if own is None:
            continue
        for k, number in enumerate(own.unit.tolist()):
            if number in branch.numbers:
                found[place.start + number - branch.first] = own.image[k, 0, start].float() / 255
    return found


def of_pictures(borders: Borders, images: Mapping[str, Images], pairs: Pairs) -> dict[str, tuple[object, object]]:
    """What the claims on figures 20 and 22 are judged by: values and floors.

    images: by way, as :func:`images_of` gives them.
    """
    mine, other = pairs
    energies = {way: _energies(borders, own) for way, own in images.items()}

    def pair(way: str) -> dict[str, Tensor]:
        own = energies[way]
        return {"ordinary": borders.at_side(own, other, mine), "flagged": borders.at_side(own, mine, mine)}

    def sides(way: str) -> tuple[Tensor, Tensor]:
        flagged, ordinary = (_on_the_side(borders, energies[way], units, mine).double() for units in pairs)
        return flagged, ordinary

    first, second = (_on_the_side(borders, energies[way], mine, mine) for way in (STUDYS, AGAIN))
    return {
        "sec-4-1-2.border-pattern": (pair(STUDYS), None),
        "fig-22.side": sides(STUDYS),
        "control.border-no-padding": (pair(FREE), None),
        "control.border-no-padding-side": sides(FREE),
        "control.border-start": ((first == second).double(), (first == second.roll(1)).double()),
    }


def over_starts(
    borders: Borders, images: Sequence[Images], units: Int[Tensor, " unit"]
) -> dict[str, tuple[Float[Tensor, " outer"], Float[Tensor, " outer"]]]:
    """Values and floor of the claim on five starts: in how many of the pairs of starts both choose the same side.

    images: from each start. units: those that have one of each. The floor compares each start with that of others of
    these units.
    """
    sides = torch.stack([_on_the_side(borders, _energies(borders, own), units, units) for own in images])
    others = torch.stack([side.roll(start) for start, side in enumerate(sides)])

    def alike(chosen: Bool[Tensor, "start outer"]) -> Float[Tensor, " outer"]:
        return torch.stack([one == other for one, other in combinations(chosen, 2)]).double().mean(dim=0)

    return {"control.border-five-starts": (alike(sides), alike(others))}


def _energies(borders: Borders, images: Images) -> Float[Tensor, "unit side"]:
    """The energies of the units that have an image; NaN for the others."""
    found = torch.full((len(borders.three), len(SIDES)), torch.nan)
    for unit, image in images.items():
        found[unit] = strip_energies(image[None])[0]
    return found


def _on_the_side(
    borders: Borders, energies: Float[Tensor, "unit side"], units: Int[Tensor, " pair"], like: Int[Tensor, " pair"]
) -> Bool[Tensor, " outer"]:
    """Whether ``units`` have more energy at the side of the odd line of ``like`` than opposite, where it is outer."""
    side = borders.lines.side[like]
    outer = side >= 0
    own, at = energies[units[outer]], side[outer]
    return own.gather(1, at[:, None])[:, 0] > own.gather(1, OPPOSITE[at][:, None])[:, 0]
