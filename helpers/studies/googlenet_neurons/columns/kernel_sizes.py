"""Columns of the unit table that page 1 writes: what a unit's kernels and its field of view are."""

from __future__ import annotations

from helpers.pages.unit_table import Column

COLUMNS = {
    "kernel_side": Column(meaning="rows of the unit's kernels", unit="positions"),
    "kernel_channels": Column(meaning="channels that the unit reads"),
    "field_side": Column(
        meaning="rows of the image that the unit sees, borders left aside",
        unit="pixels",
        missing="the field of view cannot be told",
    ),
    "weight_norm": Column(meaning="Euclidean norm of all weights of the unit"),
    "weight_norm_percentile": Column(
        meaning="share of the layer's units with random weights of equal mean and variance whose norm is smaller"
    ),
}
