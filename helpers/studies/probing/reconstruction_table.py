"""Reconstructions of many images under every condition, measured: one tidy table (probing, section 3, figure 4).

    found = reconstruct(network, layer, gallery, count=4, seed=0)
    table = tabulate(found, seed=0)  # one row per seed, image, condition and measure
    per_seed(table, controls.OWN_TRUE, OUTLINES)

A gallery is the images of one seed, as the network takes them. Its first ones are sent back; the others are there to be
mistaken for them. All pictures of a gallery are compared inside one box, that of its reconstructions with own masks and
true weights (:func:`helpers.studies.probing.measures.energy_box`). What exact filters are like: ``filter_table``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor, nn

from helpers.attribution.backward import GRADIENT, attribute
from helpers.attribution.forward_pass import ForwardPass, forward, receptive_field_windows
from helpers.errors import BadInput
from helpers.hooks.layer_table import Layer
from helpers.hooks.windows import Window
from helpers.metrics import images as similarity
from helpers.metrics.activations import Place, Position, at, most_active_position, strongest
from helpers.studies.probing import backward_flow, controls
from helpers.studies.probing.measures import LEAST_SIDE, as_colours, energy_box, outline_correlation, visible

UNITS = 2  # of a position, at most

EXACT = "exact filter"  # a condition, beside those of controls

# Measures of one image: the mean over its units.
VISIBLE = "visible"
OUTLINES = "outlines"
PIXELS = "pixels"
RECOGNISED = "recognised"
VISIBLE_OTHER = "visible, of the other"  # whose masks or switches some conditions take
VISIBLE_REST = "visible, of the rest"  # all the other images of the gallery: what any image would explain
LIKENESS = {OUTLINES: outline_correlation, PIXELS: similarity.luminance_correlation}

# Measures of a seed: over all its images.
LIKE_MASKED = "pixels, against own masks"
ONE_UNIT = "one unit, two images"
ONE_IMAGE = "two units, one image"
SAME_UNITS = "units in common with the tree"
OUTSIDE_TREE = "energy outside the tree"

COLUMNS = ["seed", "image", "condition", "measure", "value"]
Row = tuple[int, int | None, str, str, float]


class NothingActive(BadInput):
    """A layer none of whose units is active on any image."""


class Reconstruction(NamedTuple):
    """What some units send back on one image of a gallery, within their receptive field, in the colours of images."""

    image: int
    other: int  # the image whose masks and switches some conditions take
    units: list[int]
    signals: dict[str, Float[Tensor, "unit channel height width"]]  # by condition, with the exact filter
    patches: Float[Tensor, "image channel height width"]  # of the gallery, within the receptive field
    passage: ForwardPass
    place: Place

    @property
    def patch(self) -> Float[Tensor, "channel height width"]:
        return self.patches[self.image]


def require_pictures(layer: Layer) -> None:
    """Raise BadInput for a layer whose units see too few pixels to be likened to an image."""
    field = layer.receptive_field
    if field is not None and min(field.size) < LEAST_SIDE:
        raise BadInput(_too_small(layer.name, field.size))


def _too_small(layer: str, size: tuple[int, ...]) -> str:
    return (
        f"units of {layer} see {size[0]} × {size[1]} pixels; to be likened to an image, what they see must have "
        f"{LEAST_SIDE} × {LEAST_SIDE} pixels at least"
    )


def reconstruct(
    network: nn.Module,
    layer: str,
    gallery: Float[Tensor, "image channel height width"],
    *,
    count: int,
    seed: int,
    order: str = "RGB",
    deconvnet: bool = True,
    conditions: Collection[str] = controls.ALL,
) -> list[Reconstruction]:
    """Send the first ``count`` images of a gallery back (all, if it has no more).

    That is by the conditions of :mod:`controls`, and as exact filter, and all from one position: that at which most
    units are active on one of these images at least. Of its units those that are active on most images are sent back,
    at most ``UNITS``, on the images on which they are active; an image without one is left out.
    seed: of the random weights and masks. order: of the network's channels, "RGB" or "BGR". deconvnet, conditions: as
    :func:`controls.reconstructions` has them.

    Raises BadInput for a receptive field in which no likeness can be told, since it has fewer than 3 pixels on a side.
    """
    count = min(count, len(gallery))
    runs = [forward(network, layer, image) for image in gallery[: count + 1]]
    active = torch.stack([run.activation for run in runs]) > 0  # (image, unit, row, column)
    place = most_active_position(active.any(dim=0).float())
    here = at(active, place)  # (image, unit)
    often = here.float().mean(dim=0).argsort(descending=True)[:UNITS].tolist()
    found = []
    for image in range(count):
        other = (image + 1) % len(runs)
        if units := [unit for unit in often if here[image, unit]]:
            pair = (runs[image], image), (runs[other], other)
            way: dict[str, Any] = {"seed": seed, "order": order, "deconvnet": deconvnet, "conditions": conditions}
            found.append(reconstruct_one(gallery, *pair, place=place, units=units, **way))
    return found


def reconstruct_one(
    gallery: Float[Tensor, "image channel height width"],
    own: tuple[ForwardPass, int],
    other: tuple[ForwardPass, int],
    *,
    place: Place,
    units: list[int],
    seed: int,
    order: str = "RGB",
    deconvnet: bool = True,
    conditions: Collection[str] = controls.ALL,
) -> Reconstruction:
    """Send some units of one place back on one image of a gallery, by the conditions and as exact filter.

    own, other: the passage of an image, and its number in the gallery. The rest as for :func:`reconstruct`.
    """
    run = own[0]
    at_place: dict[str, Any] = {"position": place or None, "units": units}
    patches = gallery[..., *receptive_field_windows(run, place or None)[0].slices]
    if min(patches.shape[-2:]) < LEAST_SIDE:
        raise BadInput(_too_small(run.layer, patches.shape[-2:]))
    way: dict[str, Any] = {"seed": seed, "deconvnet": deconvnet, "conditions": conditions}
    signals = controls.reconstructions(run, other[0], **at_place, **way)
    signals[EXACT] = attribute(run, GRADIENT, **at_place).signal
    coloured = {name: as_colours(signal, order) for name, signal in signals.items()}
    return Reconstruction(own[1], other[1], units, coloured, as_colours(patches, order), run, place)


def strongest_in_view(passage: ForwardPass, *, unit: int | None) -> Position:
    """The strongest activation of a unit, or that in the middle of the layer where too little of the image is seen.

    unit: the unit; None takes the one with the largest activation.

    Raises BadInput for a unit that the layer does not have.
    """
    best = strongest(passage.activation, unit=unit)
    window = receptive_field_windows(passage, best.spatial)[0]
    if min(window.height, window.width) >= LEAST_SIDE:
        return best
    middle = tuple(side // 2 for side in passage.activation.shape[1:])
    values = at(passage.activation[None], middle)[0]  # (unit)
    return Position(int(values.argmax()) if unit is None else unit, middle)


def box_of(found: Sequence[Reconstruction]) -> Window:
    """The box in which all pictures of a gallery are compared, as a part of the receptive field."""
    return energy_box(torch.cat([one.signals[controls.OWN_TRUE] for one in found]))


def tabulate(found: Sequence[Reconstruction], *, seed: int) -> pd.DataFrame:
    """Everything that is measured of the reconstructions of one seed: ``COLUMNS``, one row per value.

    Measures of a seed have no image (missing), and are left out for a seed without a reconstruction.
    """
    if not found:
        return as_table([])
    box = box_of(found)
    rows: list[Row] = [
        (seed, one.image, condition, measure, value)
        for one in found
        for condition, signal in one.signals.items()
        for measure, value in _likeness(one, signal, box)
    ]
    rows += [(seed, None, *row) for part in (_masks(found, box), _sharing(found, box)) for row in part]
    return as_table(rows)


def tabulate_flow(found: Sequence[Reconstruction], *, seed: int) -> pd.DataFrame:
    """Where a deconvnet's signals lie, against the activation tree: the mean over the layers, one unit an image.

    Raises CannotReverse for a network that is no chain of layers (:mod:`helpers.attribution.contributions`).
    """
    rows: list[Row] = []
    for one in found:
        levels = backward_flow.levels(one.passage, unit=one.units[0], position=one.place or None)
        for measure, values in (
            (SAME_UNITS, [level.overlap for level in levels]),
            (OUTSIDE_TREE, [level.outside for level in levels]),
        ):
            if values:
                rows.append((seed, one.image, controls.DECONVNET_TRUE, measure, mean_of(values)))
    return as_table(rows)


def per_seed(table: pd.DataFrame, condition: str, measure: str) -> Float[Tensor, " seed"]:
    """A measure under a condition, for each seed the mean over its images."""
    chosen = table[(table["condition"] == condition) & (table["measure"] == measure)]
    return torch.tensor(chosen.groupby("seed", sort=False)["value"].mean().to_numpy(), dtype=torch.float32)


def as_table(rows: Sequence[Row]) -> pd.DataFrame:
    """Rows of values as a table."""
    return pd.DataFrame(rows, columns=COLUMNS).astype({"image": "Int64", "value": "float64"})


def mean_of(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _likeness(one: Reconstruction, signal: Tensor, box: Window) -> Iterator[tuple[str, float]]:
    """How like its image a reconstruction is inside the box, in the mean over the units."""
    signal, patches = signal[..., *box.slices], one.patches[..., *box.slices]
    for measure, of in LIKENESS.items():
        yield measure, float(of(signal, patches[one.image, None]).mean())
    seen = visible(signal, patches)  # (unit, image)
    yield VISIBLE, float(seen[:, one.image].mean())
    yield RECOGNISED, float((seen.argmax(dim=1) == one.image).float().mean())
    yield VISIBLE_OTHER, float(seen[:, one.other].mean())
    if len(patches) > 1:
        yield VISIBLE_REST, float((seen.sum(dim=1) - seen[:, one.image]).mean() / (len(patches) - 1))


def _masks(found: Sequence[Reconstruction], box: Window) -> Iterator[tuple[str, str, float]]:
    """What the masks change of a deconvnet's reconstruction, in the mean over all units of all images."""
    if all(controls.DECONVNET_TRUE in one.signals for one in found):
        alike = [
            similarity.luminance_correlation(
                *(one.signals[name][..., *box.slices] for name in (controls.DECONVNET_TRUE, controls.OWN_TRUE))
            )
            for one in found
        ]
        yield controls.DECONVNET_TRUE, LIKE_MASKED, float(torch.cat(alike).mean())


def _sharing(found: Sequence[Reconstruction], box: Window) -> Iterator[tuple[str, str, float]]:
    """How alike two reconstructions of one unit are, and two on one image; nothing for a seed without both."""
    signals = {
        (one.image, unit): signal[..., *box.slices]
        for one in found
        for unit, signal in zip(one.units, one.signals[controls.OWN_TRUE], strict=True)
    }
    alike: dict[str, list[float]] = {ONE_UNIT: [], ONE_IMAGE: []}
    for (image, unit), (image_2, unit_2) in combinations(signals, 2):
        if unit == unit_2 or image == image_2:
            value = similarity.luminance_correlation(signals[image, unit], signals[image_2, unit_2])
            alike[ONE_UNIT if unit == unit_2 else ONE_IMAGE].append(float(value))
    if all(alike.values()):
        for measure, values in alike.items():
            yield controls.OWN_TRUE, measure, mean_of(values)
