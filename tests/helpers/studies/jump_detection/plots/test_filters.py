"""What the figures of filters show: every filter's weights, tap by tap."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from helpers.studies.jump_detection.plots.filters import one_by_one, overlaid

SEEDS = np.random.default_rng(0).normal(5, 1, size=(4, 6))  # (seed, tap)


def test_filters_are_scaled_to_one(readable):
    figure = overlaid({"learned": SEEDS, "filter": -3 * SEEDS[0]}, x_label="input point")
    readable(figure)
    (axis,) = figure.axes
    assert axis.get_xlabel() == "input point"
    curves = [line for line in axis.lines if len(line.get_xdata()) == 6]
    for line, row in zip(curves, [*SEEDS, -3 * SEEDS[0]], strict=True):
        assert line.get_ydata() == pytest.approx(row / np.abs(row).max())
        assert line.get_xdata()[0] == 1
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["learned", "filter"]


def test_one_by_one_every_seed_is_a_line_over_the_taps_of_its_filter(readable):
    filters = {"a": SEEDS, "b": -SEEDS[:2], "c": SEEDS[:, :3], "long": np.tile(SEEDS, 3)}
    figure = one_by_one(filters, columns=2, x_label="tap")
    readable(figure)
    for axis, (name, rows) in zip(figure.axes, filters.items(), strict=True):
        *seeds, zero = axis.lines
        assert axis.get_title() == name
        for line, row in zip(seeds, rows, strict=True):
            assert line.get_ydata() == pytest.approx(row)
            assert list(line.get_xdata()) == list(range(1, len(row) + 1))
        assert len({(line.get_marker(), to_hex(line.get_color())) for line in seeds}) == len(rows)
        assert zero.get_ydata() == [0, 0]
    assert [len(axis.get_xticks()) for axis in figure.axes] == [6, 6, 3, 9]  # of 18 taps every second is named
    assert [axis.get_xlabel() for axis in figure.axes] == ["", "", "tap", "tap"]
