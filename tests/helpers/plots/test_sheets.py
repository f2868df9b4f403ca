"""Sheets of pictures."""

import torch

from helpers.plots.sheets import sheets
from helpers.randomness import generator


def test_a_sheet_with_a_unit_that_no_image_excites():
    rows = {
        "one": [torch.rand(3, 1, 12, 12, generator=generator(0, "noise")).expand(-1, 3, -1, -1)],
        "none": [torch.zeros(0, 3, 12, 12)],
    }
    assert len(sheets(rows, columns=2).axes) == 2
