"""What the page on colour-blind units writes to the table of units."""

from __future__ import annotations

from helpers.pages.unit_table import Column

_NO_IMAGE = "no optimised image of the unit was made"
_SILENT = "fewer than five images excite the unit"
_PERCENTILE = "share of the units of the same layer of networks with random weights that have a smaller {what}"

COLUMNS = {
    "colour_index": Column(
        meaning="1 minus the ratio of a unit's responses to grey versions of its strongest images and to the images",
        missing=_SILENT,
    ),
    "colour_index_percentile": Column(meaning=_PERCENTILE.format(what="colour index"), missing=_SILENT),
    "hue_index": Column(meaning="the same with hues turned by 120° and 240°, mean of both", missing=_SILENT),
    "colour_blind_by_response": Column(meaning="whether the colour index is at most 0.1"),
    "peak_spread": Column(
        meaning="standard deviation of the density peaks of red, green and blue of the optimised image (algorithm 3)",
        unit="levels from 0 to 255",
        missing=_NO_IMAGE,
    ),
    "image_chroma": Column(
        meaning="mean over the pixels of the optimised image of the largest minus the smallest of the three levels",
        unit="levels from 0 to 255",
        missing=_NO_IMAGE,
    ),
}
