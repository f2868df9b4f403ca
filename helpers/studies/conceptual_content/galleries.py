"""Galleries of units: components of their patches in the study's renderings, and the patches (tables 2, 3, figure 4).

A gallery is a mapping from a title to rows of pictures. The title of a unit whose FastICA did not converge ends with
``NOT_CONVERGED``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.studies.conceptual_content.component_measures import EIGHT
from helpers.studies.conceptual_content.components import Components, Patches, as_8_bit, by_channel, components, grey

NOT_CONVERGED = " *"

Cuts = Mapping[int, Float[Tensor, "patch 3 row column"]]  # the patches of units, by number
Row = Float[Tensor, "picture 3 row column"]
Gallery = dict[str, list[Row]]


def grey_components(cuts: Cuts, *, seed: int) -> dict[int, Components]:
    """Eight independent components of the grey patches of each unit."""
    return _each(cuts, lambda patches: components(grey(patches), count=EIGHT, seed=seed))


def channel_components(cuts: Cuts, *, seed: int) -> dict[int, Components]:
    """Eight independent components of each channel by itself, put together."""
    return _each(cuts, lambda patches: by_channel(patches, count=EIGHT, seed=seed))


def in_grey(titles: Mapping[int, str], cuts: Cuts, *, seed: int, patches: int = 0) -> Gallery:
    """For each unit its grey components, and below them some of its patches.

    titles: number of a unit -> its title, in the order of the gallery.
    patches: how many are shown; none for a book that may not show the images.
    """
    found = grey_components({unit: cuts[unit] for unit in titles}, seed=seed)
    return {
        _titled(title, found[unit]): [_drawn(found[unit]), *([cuts[unit][:patches]] if patches else [])]
        for unit, title in titles.items()
    }


def in_three_renderings(titles: Mapping[int, str], cuts: Cuts, *, seed: int) -> Gallery:
    """For each unit three rows: grey components, those of the channels put together, and these in eight bits."""
    chosen = {unit: cuts[unit] for unit in titles}
    plain, coloured = grey_components(chosen, seed=seed), channel_components(chosen, seed=seed)
    gallery = {}
    for unit, title in titles.items():
        pictures = coloured[unit].pictures
        reach = pictures.abs().amax(dim=(1, 2, 3), keepdim=True).clamp(min=1e-12)
        by_colour = [0.5 + pictures / (2 * reach), as_8_bit(pictures) / 255]
        white = [torch.ones_like(pictures)] * 2
        rows = [_drawn(plain[unit]), *(by_colour if coloured[unit].there else white)]
        gallery[_titled(title, plain[unit], coloured[unit])] = rows
    return gallery


def ends(
    degree: Float[Tensor, " unit"], layers: Mapping[str, slice], count: int
) -> dict[str, tuple[Int[Tensor, " low"], Int[Tensor, " high"]]]:
    """For each layer the units with the lowest and with the highest degree, the most extreme first.

    Units are numbered among those of all layers; silent ones have no degree. No unit is at both ends.
    """
    found = {}
    for name, where in layers.items():
        own = degree[where]
        order = own.argsort(stable=True)  # NaN, of silent units, is last
        order = order[: int((~own.isnan()).sum())] + where.start
        few = min(count, len(order) // 2)
        found[name] = (order[:few], order.flip(0)[:few])
    return found


def _each(cuts: Cuts, analyse: Callable[[Patches], Components]) -> dict[int, Components]:
    """The analysis of every unit; units whose patches have one shape are analysed together."""
    groups: dict[torch.Size, list[int]] = defaultdict(list)
    for unit, patches in cuts.items():
        groups[patches.shape].append(unit)
    found: dict[int, Components] = {}
    for units in groups.values():
        together = analyse(torch.stack([cuts[unit] for unit in units]))
        found |= {unit: Components(*(part[k] for part in together)) for k, unit in enumerate(units)}
    return found


def _drawn(found: Components) -> Row:
    """Grey pictures, white where there are none."""
    if not found.there:
        return torch.ones_like(found.pictures).expand(-1, 3, -1, -1)
    return (as_8_bit(found.pictures) / 255).expand(-1, 3, -1, -1)


def _titled(title: str, *found: Components) -> str:
    if not all(each.there for each in found):
        return f"{title} (too few patches)"
    return title if all(each.converged for each in found) else title + NOT_CONVERGED


def numbered(units: Sequence[int], layers: Mapping[str, slice]) -> dict[int, tuple[str, int]]:
    """The layer of each unit and its number there, by its number among the units of all layers."""
    return {
        int(unit): (name, int(unit) - where.start)
        for unit in units
        for name, where in layers.items()
        if where.start <= unit < where.stop
    }
