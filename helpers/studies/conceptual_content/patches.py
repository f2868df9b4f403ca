"""Patches of images: what a unit sees where it is most active (section 2.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.data.images import Images
from helpers.hooks.layer_table import Layer
from helpers.hooks.patches import Corners, corners, cut, read_images, side_of
from helpers.hooks.recording import record
from helpers.hooks.reducers.responses import Activations
from helpers.hooks.unit_axis import units_first
from helpers.studies.conceptual_content.subject import Subject
from helpers.studies.conceptual_content.top_lists import TopLists


def patches_of_units(
    seen: Subject, whole: TopLists, units: Mapping[str, Sequence[int]]
) -> dict[int, Float[Tensor, "patch 3 row column"]]:
    """The patches of some units in their strongest images, the strongest first; by the unit's number among all.

    whole: the lists of all parts together.
    units: numbers of units, by their layer.
    """
    layers = {layer.name: layer for layer in seen.layers}
    pictures = read_images(seen.images, whole.number[0, [unit for own in units.values() for unit in own]])
    found = {}
    for name, own in units.items():
        for unit in own:
            kept, corner = patch_places(layers[name], whole, unit, pictures, size=seen.images.size)
            side = side_of(layers[name], seen.images.size)
            found[unit] = cut([pictures[place] for place in kept], corner, side=side)
    return found


def patches_in(
    seen: Subject, images: Images, units: Mapping[str, Sequence[int]], *, count: int
) -> dict[int, Float[Tensor, "patch 3 row column"]]:
    """The patches of some units in those of a few images that excite them most, by the unit's number among all.

    Images that do not excite a unit at all are left out.

    images: all are held at once, and may have another size than those of the lists.
    units: numbers of units, by their layer.
    """
    layers = {layer.name: layer for layer in seen.layers if layer.name in units}
    inside = {name: [unit - seen.units[name].start for unit in own] for name, own in units.items()}
    x = torch.cat([batch.x for batch in images.batches(64, progress=False)])
    pictures = (x * 255).round().to(torch.uint8)

    def kept(name: str, output: Tensor) -> tuple[Tensor, Tensor]:
        own = Activations(units_first(output, layers[name].unit_axis)[:, inside[name]])
        response = own.response()
        return response.cpu(), own.positions(torch.ones_like(response, dtype=torch.bool)).cpu()

    network = seen.loaded.network
    device = next(network.parameters()).device
    with torch.no_grad(), record(network, list(layers), stop=True, keep=kept) as found:
        network(seen.loaded.preprocessing(x.to(device)))
    patches = {}
    for name, own in units.items():
        side = side_of(layers[name], images.size)
        response, position = found[name]
        for column, unit in enumerate(own):
            best = response[:, column].argsort(descending=True)[:count]
            best = best[response[best, column] > 0]
            corner = corners(layers[name], position[best, column], size=images.size)
            patches[unit] = cut([pictures[image] for image in best.tolist()], corner, side=side)
    return patches


def patch_places(
    layer: Layer, whole: TopLists, unit: int, pictures: Mapping[int, Tensor], *, size: int
) -> tuple[list[int], Corners]:
    """The images of a unit that could be read, the strongest first, and where its patches lie in them."""
    places = whole.number[0, unit].tolist()
    kept = [k for k, place in enumerate(places) if place in pictures]
    return [places[k] for k in kept], corners(layer, whole.position[0, unit, kept], size=size)
