"""Columns of the unit table that page 6 writes: the averaged kernel, and how it fits what excites the unit."""

from __future__ import annotations

from helpers.pages.unit_table import Column

_NO_KERNEL = "kernels of 1×1, or windows that are not known"
_OTHERS = "share of the branch's other kernels that fit this pattern less than its own does"

COLUMNS = {
    "average_share": Column(meaning="share of the unit's energy that its averaged kernel holds", missing=_NO_KERNEL),
    "rank_one_share": Column(meaning="share of it that the best rank-one kernel holds", missing=_NO_KERNEL),
    "kernel_direction": Column(
        meaning="direction of the averaged kernel's edges, by the structure tensor", unit="degrees", missing=_NO_KERNEL
    ),
    "kernel_coherence": Column(meaning="how clear this direction is, from 0 to 1", missing=_NO_KERNEL),
    "kernel_contrast_fit": Column(
        meaning="correlation of the averaged kernel with the contrast of the nine strongest patches", missing=_NO_KERNEL
    ),
    "kernel_contrast_percentile": Column(meaning=_OTHERS, missing=_NO_KERNEL),
    "kernel_input_fit": Column(
        meaning="correlation of the averaged kernel with the mean maps that it reads in the nine strongest images",
        missing=_NO_KERNEL,
    ),
    "kernel_input_percentile": Column(meaning=_OTHERS, missing=_NO_KERNEL),
}
