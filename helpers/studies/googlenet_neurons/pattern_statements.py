"""What page 3 says of patterns in images: whether patches of a unit are alike, and follow its averaged kernel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d, interpolate

from helpers.data.images import Images
from helpers.hooks.patches import read_images, side_of
from helpers.hooks.reducers.pass_tensors import PassTensors, from_stage
from helpers.metrics.similarity import correlation
from helpers.studies.googlenet_neurons import kernel_grid
from helpers.studies.googlenet_neurons.natural_extremes import EXCITING, INHIBITING, NaturalExtremes, convolutions
from helpers.studies.googlenet_neurons.subject import Branch, Subject
from helpers.studies.googlenet_neurons.trust import rank_correlations
from helpers.studies.googlenet_neurons.unit_pictures import contrasts, on_grid

_POINTS = 48  # rows and columns of a picture on a sheet
_NINE = 9
_RINGS = 5  # rows of the smallest kernels that can hold a ring around more than one cell
_SHAPES = {"ring": kernel_grid.ring, "t": kernel_grid.t_shape}

Values = dict[str, list[float]]


def even(gallery: Mapping[str, Sequence[Sequence[Tensor]]]) -> dict[str, list[Float[Tensor, "_ 3 _ _"]]]:
    """The same rows with pictures of one size; smaller ones are enlarged by repeating their points."""
    return {title: [_one_size(row) for row in rows] for title, rows in gallery.items()}


def _one_size(row: Sequence[Tensor]) -> Float[Tensor, "picture 3 row column"]:
    sized = [
        adaptive_avg_pool2d(picture, _POINTS)
        if picture.shape[-1] > _POINTS
        else interpolate(picture[None], size=(_POINTS, _POINTS))[0]
        for picture in row
    ]
    return torch.stack(sized) if sized else torch.empty(0, 3, _POINTS, _POINTS)


def same_pattern(seen: Subject, alike: Any, branch: Branch) -> Values:
    """Of each unit of a branch, how alike its patches are to each other (own), and to those of other units (others).

    alike: what the stage ``observer_choices`` found under that name.
    """
    where = seen.places(branch)
    inside = (alike.place >= where.start) & (alike.place < where.stop)
    return _together(others=alike.others[inside], own=alike.own[inside])


def elsewhere(seen: Subject, alike: Any, *, size: int) -> Values:
    """How alike a unit's patches are (own), and patches at other places of the same images (elsewhere).

    Of units that see at most half of an image of this side.
    """
    listed = convolutions(seen, size)
    inside = torch.zeros(len(alike.place), dtype=torch.bool)
    for branch in seen.branches:
        where = seen.places(branch)
        if side_of(listed[branch], size) <= size / 2:
            inside |= (alike.place >= where.start) & (alike.place < where.stop)
    return _together(elsewhere=alike.elsewhere[inside], own=alike.own[inside])


def kernel_and_contrast(
    seen: Subject, found: NaturalExtremes, images: Images, branch: Branch, *, seed: int
) -> tuple[Values, Values]:
    """Of each unit of a branch, the correlation of its averaged kernel with the contrast of its patches on the grid.

    Of patches that inhibit and that excite it, and the same of another unit's patches.
    """
    where = seen.places(branch)
    inside = [place - where.start for place in found.place.tolist() if where.start <= place < where.stop]
    kernels = seen.weights(branch).mean(1)[inside].flatten(1)
    maps = {
        name: contrasts(seen, found, images, branch, direction=way).flatten(1)
        for name, way in (("inhibiting", INHIBITING), ("exciting", EXCITING))
    }
    shift = 1 + seed % max(1, len(inside) - 1)
    own = _together(**{name: correlation(kernels, each) for name, each in maps.items()})
    other = _together(**{name: correlation(kernels, each.roll(shift, 0)) for name, each in maps.items()})
    return own, other


def shapes(
    seen: Subject, kept: PassTensors, images: Images, *, seed: int
) -> dict[str, tuple[list[float], list[float]]]:
    """For each branch of large kernels, the rank correlation over units of how much kernel and patches are of a shape.

    By shape, "ring" and "t". kept: the strongest images of all units. Beside it the same of another unit's patches.
    """
    lists = from_stage(kept, name="natural")
    listed = convolutions(seen, images.size)
    wide = [branch for branch in seen.branches if min(branch.size) >= _RINGS]
    ranked = {branch: lists.of("strongest", branch.layer).found() for branch in wide}
    first = {branch: each.number.masked_fill(each.value <= 0, -1)[:, :_NINE].long() for branch, each in ranked.items()}
    pixels = read_images(images, torch.cat([each.flatten() for each in first.values()])) if wide else {}
    found: dict[str, tuple[list[float], list[float]]] = {shape: ([], []) for shape in _SHAPES}
    for branch in wide:
        at = ranked[branch].position[:, :_NINE].long()
        maps = on_grid(listed[branch], branch, first[branch], at, pixels)
        for shape, template in _SHAPES.items():
            pair = of_shape(seen.weights(branch).mean(1), maps, template(*branch.size), seed=seed)
            for values, own in zip(found[shape], pair, strict=True):
                values += own
    return found


def of_shape(
    kernels: Float[Tensor, "unit row column"],
    maps: Float[Tensor, "unit row column"],
    template: Float[Tensor, "row column"],
    *,
    seed: int,
) -> tuple[list[float], list[float]]:
    """The rank correlation over units of how much kernels and maps are like a template, and that with other maps.

    Units whose maps have NaN do not count; no number for fewer than five units.
    """
    kernel = kernel_grid.alike(kernels, template).numpy()
    patch = np.where(maps.isnan().any(2).any(1).numpy(), np.nan, kernel_grid.alike(maps, template).numpy())
    one = np.zeros(len(kernel))
    other = np.roll(patch, 1 + seed % max(1, len(patch) - 1))
    return rank_correlations(kernel, patch, one), rank_correlations(kernel, other, one)


def variance_of_pattern(seen: Subject, generator: torch.Generator) -> tuple[list[float], list[float]]:
    """For each branch, the mean over units of the rank correlation of the mean's magnitude with the variance.

    Over the positions of a kernel; and the same of kernels with shuffled positions.
    """
    own, shuffled = list[float](), list[float]()
    for branch in seen.kernel_sets():
        kernels = seen.weights(branch)
        own.append(float(kernel_grid.variance_against_mean(kernels).mean()))
        other = kernel_grid.shuffled_positions(kernels, generator)
        shuffled.append(float(kernel_grid.variance_against_mean(other).mean()))
    return own, shuffled


def _together(**values: Tensor) -> Values:
    """The values of those units that have all of them."""
    whole = ~torch.stack(list(values.values())).isnan().any(0)
    return {name: each[whole].tolist() for name, each in values.items()}
