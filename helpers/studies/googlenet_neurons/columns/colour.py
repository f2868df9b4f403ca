"""What the page on colour-blind units writes to the table of units."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.pages.unit_table import Column
from helpers.studies.googlenet_neurons.colour.peaks import Reading
from helpers.studies.googlenet_neurons.colour.sample import Sample
from helpers.studies.googlenet_neurons.kernel_rings import percentile
from helpers.studies.googlenet_neurons.subject import Subject

_NO_IMAGE = "no optimised image of the unit was made"
_SILENT = "fewer than five images excite the unit"
_FEW = (
    "share of the optimised images of units of the same layer in networks with random weights that have a smaller "
    "{what}, equal ones counted half; these images are few, at laptop scale 15 a layer, of kernels of 3×3 and more"
)
_NO_CONTROL = f"{_NO_IMAGE}, or none of the layer in networks with random weights"
_PERCENTILE = "share of the units of the same layer of networks with random weights that have a smaller {what}"

COLUMNS = {
    "colour_index": Column(
        meaning="1 minus the ratio of a unit's responses to grey versions of its strongest images and to the images",
        missing=_SILENT,
    ),
    "colour_index_percentile": Column(meaning=_PERCENTILE.format(what="colour index"), missing=_SILENT),
    "hue_index": Column(meaning="the same with hues turned by 120° and 240°, mean of both", missing=_SILENT),
    "hue_index_percentile": Column(meaning=_PERCENTILE.format(what="hue index"), missing=_SILENT),
    "colour_blind_by_response": Column(meaning="whether the colour index is at most 0.1"),
    "peak_spread": Column(
        meaning="standard deviation of the density peaks of red, green and blue of the optimised image (algorithm 3)",
        unit="levels from 0 to 255",
        missing=_NO_IMAGE,
    ),
    "peak_spread_percentile": Column(meaning=_FEW.format(what="standard deviation"), missing=_NO_CONTROL),
    "image_chroma": Column(
        meaning="mean over the pixels of the optimised image of the largest minus the smallest of the three levels",
        unit="levels from 0 to 255",
        missing=_NO_IMAGE,
    ),
    "image_chroma_percentile": Column(meaning=_FEW.format(what="mean"), missing=_NO_CONTROL),
}


def of_images(seen: Subject, sample: Sample, control: Sample, reading: Reading) -> dict[str, Float[Tensor, " unit"]]:
    """The columns of optimised images, of all units one branch after the other; NaN where there is no value.

    control: the units of networks with random weights. reading: of the density peaks.
    """
    found = {}
    pairs = {
        "peak_spread": (sample.scores(reading), control.scores(reading)),
        "image_chroma": (sample.chroma(), control.chroma()),
    }
    for name, (values, others) in pairs.items():
        beside = torch.full_like(values, torch.nan)
        for depth in sample.layer.unique().tolist():
            own, null = sample.layer == depth, others[control.layer == depth]
            beside[own] = percentile(values[own], null)
        for column, of_sample in ((name, values), (f"{name}_percentile", beside)):
            found[column] = torch.full((seen.units,), torch.nan)
            found[column][sample.place] = of_sample
    return found
