"""The columns of the table of units that page 3 writes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float, Int
from torch import Tensor

from helpers.pages.unit_table import Column

_NONE = "the unit is not one of the sample with optimised images, or is the only one of its layer there"
_NO_PATCHES = "the unit's responses to all natural images were not kept, or it is the only one of its branch"
_NO_LAYER = _NONE + ", or no layer lies below it"
_CONTROL = "share of the sampled units of the layer whose share of right choices by another unit's {what} is lower"

COLUMNS = {
    "right_by_patches": Column(
        meaning="share of right choices between a strong and a middling new image, of an observer with features of "
        "another network that is shown the nine strongest patches",
        missing=_NONE,
    ),
    "right_by_patches_percentile": Column(meaning=_CONTROL.format(what="patches"), missing=_NONE),
    "right_by_optimised": Column(meaning="the same, shown the optimised image of the maximum alone", missing=_NONE),
    "right_by_optimised_percentile": Column(meaning=_CONTROL.format(what="optimised image"), missing=_NONE),
    "way_of_optimised_percentile": Column(
        meaning="share of the sampled units of the layer whose strongest patches match the unit's optimised image "
        "worse than its own do, by mean activations in the layer below: the percentile among permuted pairs",
        missing=_NO_LAYER,
    ),
    "way_of_patches_percentile": Column(
        meaning="the same for other strong patches of the unit in place of the optimised image", missing=_NO_LAYER
    ),
    "patches_alike": Column(
        meaning="mean cosine of the nine strongest patches to each other, in features of another network",
        missing=_NO_PATCHES,
    ),
    "patches_alike_percentile": Column(
        meaning="share of the units of the branch of which patches elsewhere in the same images are less alike",
        missing=_NO_PATCHES,
    ),
}


def spread(
    units: int, values: Mapping[str, tuple[Int[Tensor, " _"], Float[np.ndarray, " _"]]]
) -> dict[str, Float[np.ndarray, " unit"]]:
    """Columns of all units from values of some: for each column which units, and their values; NaN elsewhere."""
    found = {}
    for name, (place, given) in values.items():
        found[name] = np.full(units, np.nan)
        found[name][place.numpy()] = given
    return found
