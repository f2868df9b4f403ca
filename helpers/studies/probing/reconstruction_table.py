"""Reconstructions of many images under every condition, measured: one tidy table (probing, section 3, figure 4).

    found = reconstruct(network, layer, gallery, count=8, seed=0)
    table = tabulate(found, seed=0)  # one row per seed, image, condition and measure
    per_seed(table, controls.OWN_TRUE, OUTLINES)

A gallery is the images of one seed. Its first ones are sent back; the others are there to be mistaken for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor, nn

from helpers.attribution.backward import GRADIENT, attribute
from helpers.attribution.forward_pass import forward, receptive_field_windows
from helpers.errors import BadInput
from helpers.hooks.layer_table import Layer
from helpers.metrics import images as similarity
from helpers.metrics.activations import at, most_active_position, strongest
from helpers.models.initialisation import randomised
from helpers.studies.probing import controls
from helpers.studies.probing.measures import local_gradients, outline_correlation

UNITS = 4  # of a position, at most
LEAST_SIDE = 3  # of a receptive field, in pixels

# Conditions, beside those of controls.
EXACT = "exact filter"
IMAGE = "image"
UNTRAINED = "random weights"

# Measures of one image: the mean over its units.
OUTLINES = "outlines"
PIXELS = "pixels"
STRUCTURE = "structure"
RECOGNISED = "recognised"
OUTLINES_OTHER = "outlines of the other"
LIKENESS = {OUTLINES: outline_correlation, PIXELS: similarity.luminance_correlation, STRUCTURE: similarity.ssim}

# Measures of a seed: over all its images.
LIKE_MASKED = "pixels, against own masks"
OTHER_THAN_MASKED = "differs from own masks"
ONE_UNIT = "one unit, two images"
ONE_IMAGE = "two units, one image"
PATCH = "pixels, without sign"
CENTROID = "centroid [cycles per pixel]"
RELATIVE_SUM = "relative sum"
DERIVATIVES = "explained by derivatives"

COLUMNS = ["seed", "image", "condition", "measure", "value"]
Row = tuple[int, int | None, str, str, float]


class NothingActive(BadInput):
    """A layer none of whose units is active on any image."""


class Reconstruction(NamedTuple):
    """What some units send back on one image of a gallery, within their receptive field."""

    image: int
    other: int  # the image whose masks and switches some conditions take
    units: list[int]
    signals: dict[str, Float[Tensor, "unit channel height width"]]  # by condition, with the exact filter
    patches: Float[Tensor, "image channel height width"]  # of the gallery, within the receptive field

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
    deconvnet: bool = True,
) -> list[Reconstruction]:
    """Send the first ``count`` images of a gallery back (all, if it has no more).

    That is by every condition of :mod:`controls`, and as exact filter, and all from one position: that at which most
    units are active on one of these images at least. Of its units those that are active on most images are sent back,
    at most ``UNITS``, on the images on which they are active; an image without one is left out.
    seed: of the random weights and masks. deconvnet: as :func:`controls.reconstructions` has it.

    Raises BadInput for a receptive field in which no likeness can be told, since it has fewer than 3 pixels on a side.
    """
    count = min(count, len(gallery))
    runs = [forward(network, layer, image) for image in gallery[: count + 1]]
    active = torch.stack([run.activation for run in runs]) > 0  # (image, unit, row, column)
    position = most_active_position(active.any(dim=0).float())
    spatial = position or None
    here = at(active, position)  # (image, unit)
    often = here.float().mean(dim=0).argsort(descending=True)[:UNITS].tolist()
    patches = gallery[..., *receptive_field_windows(runs[0], spatial)[0].slices]
    if min(patches.shape[-2:]) < LEAST_SIDE:
        raise BadInput(_too_small(layer, patches.shape[-2:]))
    found = []
    for image in range(count):
        other = (image + 1) % len(runs)
        units = [unit for unit in often if here[image, unit]]
        if units:
            signals = controls.reconstructions(
                runs[image], runs[other], position=spatial, units=units, seed=seed, deconvnet=deconvnet
            )
            signals[EXACT] = attribute(runs[image], GRADIENT, position=spatial, units=units).signal
            found.append(Reconstruction(image, other, units, signals, patches))
    return found


def tabulate(found: Sequence[Reconstruction], *, seed: int) -> pd.DataFrame:
    """Everything that is measured of the reconstructions of one seed: ``COLUMNS``, one row per value.

    Measures of a seed have no image (missing), and are left out for a seed without a reconstruction.
    """
    rows: list[Row] = [
        (seed, one.image, condition, measure, value)
        for one in found
        for condition, signal in one.signals.items()
        for measure, value in _likeness(one, signal)
    ]
    if found:
        rows += [(seed, None, *row) for part in (_masks, _sharing, _filters) for row in part(found)]
    return _table(rows)


def tabulate_untrained(
    network: nn.Module, layer: str, gallery: Float[Tensor, "image channel height width"], *, count: int, seed: int
) -> pd.DataFrame:
    """The exact filters of the network with random weights, each image's at its strongest activation: ``COLUMNS``.

    Without an activation on any image nothing is explained (not a number), and the centroid is 0.
    """
    other = randomised(network, seed=seed)
    filters = []
    for image in gallery[:count]:
        run = forward(other, layer, image)
        position = strongest(run.activation)
        if run.activation[position.indices] > 0:
            filters.append(attribute(run, GRADIENT, position=position.spatial, units=[position.unit]).signal)
    explained = [float(local_gradients(one)) for one in filters]
    centroids = [float(similarity.spectral_centroid(one)) for one in filters]
    return _table(
        [
            (seed, None, UNTRAINED, DERIVATIVES, _mean(explained) if filters else float("nan")),
            (seed, None, UNTRAINED, CENTROID, _mean(centroids) if filters else 0.0),
        ]
    )


def per_seed(table: pd.DataFrame, condition: str, measure: str) -> Float[Tensor, " seed"]:
    """A measure under a condition, for each seed the mean over its images."""
    chosen = table[(table["condition"] == condition) & (table["measure"] == measure)]
    return torch.tensor(chosen.groupby("seed", sort=False)["value"].mean().to_numpy(), dtype=torch.float32)


def _table(rows: Sequence[Row]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=COLUMNS).astype({"image": "Int64", "value": "float64"})


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _likeness(one: Reconstruction, signal: Tensor) -> Iterator[tuple[str, float]]:
    """How like its image a reconstruction is, in the mean over the units."""
    for measure, of in LIKENESS.items():
        yield measure, float(of(signal, one.patch[None]).mean())
    outlines = outline_correlation(signal[:, None], one.patches[None])  # (unit, image)
    yield RECOGNISED, float((outlines.argmax(dim=1) == one.image).float().mean())
    yield OUTLINES_OTHER, float(outlines[:, one.other].mean())


def _masks(found: Sequence[Reconstruction]) -> Iterator[tuple[str, str, float]]:
    """What the masks change of a deconvnet's reconstruction, in the mean over all units of all images."""
    if not all(controls.DECONVNET_TRUE in one.signals for one in found):
        return
    pairs = [(one.signals[controls.DECONVNET_TRUE], one.signals[controls.OWN_TRUE]) for one in found]
    alike = torch.cat([similarity.luminance_correlation(a, b) for a, b in pairs])  # (unit of an image)
    differ = torch.cat([(a != b).flatten(1).any(dim=1).float() for a, b in pairs])  # (unit of an image)
    yield controls.DECONVNET_TRUE, LIKE_MASKED, float(alike.mean())
    yield controls.DECONVNET_TRUE, OTHER_THAN_MASKED, float(differ.mean())


def _sharing(found: Sequence[Reconstruction]) -> Iterator[tuple[str, str, float]]:
    """How alike two reconstructions of one unit are, and two on one image; nothing for a seed without both."""
    signals = {
        (one.image, unit): signal
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
            yield controls.OWN_TRUE, measure, _mean(values)


def _filters(found: Sequence[Reconstruction]) -> Iterator[tuple[str, str, float]]:
    """What the exact filters are like, and the image within the receptive field: the mean over the images."""

    def mean(values: Sequence[Tensor]) -> float:
        return float(torch.stack([value.mean() for value in values]).mean())

    filters, patches = [one.signals[EXACT] for one in found], [one.patch for one in found]
    pairs = zip(filters, patches, strict=True)
    yield EXACT, PATCH, mean([similarity.luminance_correlation(f, patch).abs() for f, patch in pairs])
    yield EXACT, RELATIVE_SUM, mean([similarity.relative_sum(f) for f in filters])
    yield EXACT, CENTROID, mean([similarity.spectral_centroid(f) for f in filters])
    yield IMAGE, CENTROID, mean([similarity.spectral_centroid(patch) for patch in patches])
    yield EXACT, DERIVATIVES, mean([local_gradients(f) for f in filters])
    yield IMAGE, DERIVATIVES, mean([local_gradients(patch[None]) for patch in patches])
