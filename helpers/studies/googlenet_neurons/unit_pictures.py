"""Pictures of single units: averaged kernel, optimised images, and the patches that excite and inhibit it most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from matplotlib import colormaps
from torch import Tensor

from helpers.data.images import Images
from helpers.hooks.layer_table import Layer
from helpers.hooks.patches import cut, read_images
from helpers.plots.style import DIVERGING
from helpers.studies.googlenet_neurons import choices, kernel_grid
from helpers.studies.googlenet_neurons.natural_extremes import (
    EXCITING,
    INHIBITING,
    NaturalExtremes,
    convolutions,
    strongest,
    windows_at,
)
from helpers.studies.googlenet_neurons.sampled_units import Shown, branches_of_figures, places_of_figures
from helpers.studies.googlenet_neurons.subject import Branch, Subject

NINE = 9  # patches
Row = Float[Tensor, "_ 3 _ _"]
Pixels = Mapping[int, UInt8[Tensor, "3 height width"]]


def branch_of(seen: Subject, place: int) -> Branch:
    """The branch of the unit with this number among all."""
    return next(each for each in seen.branches if seen.places(each).start <= place < seen.places(each).stop)


def title_of(seen: Subject, place: int) -> str:
    """What figures call a unit: its layer and its number there."""
    branch = branch_of(seen, place)
    return f"{branch.title} unit {place - seen.places(branch).start + branch.first}"


def extreme_images(
    found: NaturalExtremes, row: Int[Tensor, " unit"], *, count: int, direction: int
) -> Int[Tensor, "unit image"]:
    """The images that excite, or inhibit, these units most."""
    every = torch.ones(found.value.shape[2], dtype=torch.bool)
    return strongest(found.value[direction, row], every, count, direction=direction)


def patches(
    seen: Subject, found: NaturalExtremes, images: Images, places: Sequence[int], *, count: int
) -> dict[int, dict[int, Row]]:
    """For each unit the patches that excite and inhibit it most, by direction; the most extreme first."""
    row = found.rows(list(places))
    numbers = {way: extreme_images(found, row, count=count, direction=way) for way in (EXCITING, INHIBITING)}
    pixels = read_images(images, torch.cat(list(numbers.values())))
    listed, cuts = convolutions(seen, images.size), dict[int, dict[int, Row]]()
    for k, place in enumerate(places):
        cuts[place] = {}
        for way, table in numbers.items():
            here = torch.tensor([number for number in table[k].tolist() if number in pixels], dtype=torch.long)
            own = row[k].expand(len(here))
            windows = windows_at(seen, listed, found, own, here, size=images.size, direction=way)
            side = int(windows.side[0]) if len(here) else images.size
            cuts[place][way] = cut([pixels[number] for number in here.tolist()], windows.corner, side=side, largest=48)
    return cuts


def trial(seen: Subject, found: NaturalExtremes, images: Images, place: int, *, part: int = 0) -> dict[str, Row]:
    """What an observer is shown of a unit in a part of the images: references, and strong and middling new images."""
    row = found.rows([place])
    role = choices.roles(found, row)
    numbers = {name: role[f"{name} {part}"][0, :NINE] for name in ("references", "strong", "middling")}
    pixels = read_images(images, torch.cat(list(numbers.values())))
    listed, rows = convolutions(seen, images.size), dict[str, Row]()
    for name, table in numbers.items():
        here = torch.tensor([number for number in table.tolist() if number in pixels], dtype=torch.long)
        windows = windows_at(seen, listed, found, row.expand(len(here)), here, size=images.size)
        side = int(windows.side[0]) if len(here) else images.size
        rows[name] = cut([pixels[number] for number in here.tolist()], windows.corner, side=side, largest=48)
    return rows


def kernel_pictures(kernel: Float[Tensor, "row column"]) -> list[Float[Tensor, "3 row column"]]:
    """The cells of a kernel above zero, and those below, in colours on one scale centred at 0."""
    reach = float(kernel.abs().max()) or 1.0
    parts = (0.5 + part.numpy() / (2 * reach) for part in (kernel.clamp(min=0), kernel.clamp(max=0)))
    coloured = (colormaps[DIVERGING](part)[..., :3] for part in parts)
    return [torch.from_numpy(np.moveaxis(each, -1, 0).astype(np.float32)) for each in coloured]


def optimised_of(drawn: Sequence[Shown], place: int, direction: int) -> Row:
    """The optimised image of a unit; none of a unit outside the sample."""
    for each in drawn:
        if place in each.place.tolist():
            return each.image[each.place.tolist().index(place), direction][None]
    return torch.empty(0, 3, 1, 1)


def figure_units(seen: Subject) -> dict[str, int]:
    """The units that stand in for those of figures 17, 28, 30 and 32, by what their averaged kernel is most like.

    A ring and a T among the largest kernels of the block, one diagonal and both among the smallest ones.
    """
    branches = branches_of_figures(seen)
    small, large = branches[0], branches[-1]
    wanted = {
        "a ring (figure 17)": (large, kernel_grid.ring(*large.size)),
        "a diagonal (figure 28)": (small, kernel_grid.diagonal(*small.size)),
        "both diagonals (figure 30)": (small, kernel_grid.diagonal(*small.size, both=True)),
        "a T (figure 32)": (large, kernel_grid.t_shape(*large.size)),
    }
    found = dict[str, int]()
    for name, (branch, template) in wanted.items():
        score = kernel_grid.alike(seen.weights(branch).mean(1), template, sign=name != "a diagonal (figure 28)")
        score = score[: _looked_at(seen, branch)]
        order = [seen.places(branch).start + k for k in score.argsort(descending=True).tolist()]
        found[name] = next((place for place in order if place not in found.values()), order[0])
    return found


def _looked_at(seen: Subject, branch: Branch) -> int:
    """How many units of a branch have their responses kept."""
    where = seen.places(branch)
    return sum(where.start <= place < where.stop for place in places_of_figures(seen))


def contrasts(
    seen: Subject, found: NaturalExtremes, images: Images, branch: Branch, *, direction: int, count: int = NINE
) -> Float[Tensor, "unit row column"]:
    """The mean contrast on the kernel's grid of the patches that excite, or inhibit, each unit of a branch most."""
    where = seen.places(branch)
    places = [place for place in found.place.tolist() if where.start <= place < where.stop]
    row = found.rows(places)
    numbers = extreme_images(found, row, count=count, direction=direction)
    at = found.at[direction, row].gather(1, numbers[..., None].expand(-1, -1, 2)).long()
    return on_grid(convolutions(seen, images.size)[branch], branch, numbers, at, read_images(images, numbers))


def on_grid(
    layer: Layer,
    branch: Branch,
    numbers: Int[Tensor, "unit image"],
    at: Int[Tensor, "unit image 2"],
    pixels: Pixels,
) -> Float[Tensor, "unit row column"]:
    """The mean contrast of patches on a kernel's grid, a map a unit; images that could not be read are left out."""
    size = next((picture.shape[-1] for picture in pixels.values()), 1)
    corner, side = kernel_grid.cells_window(layer, at, cells=max(branch.size), size=size)
    maps = torch.full((len(numbers), *branch.size), torch.nan)
    for k, row in enumerate(numbers.tolist()):
        there = [j for j, number in enumerate(row) if number in pixels]
        if there:
            own = cut([pixels[row[j]] for j in there], corner[k, there], side=side, largest=10 * max(branch.size))
            maps[k] = kernel_grid.contrast_on_grid(own, cells=branch.size)
    return maps
